import { Upload, type LucideIcon } from "lucide-react";
import { useId, useState } from "react";
import { buttonClass } from "./Button";

interface FileInputProps {
  icon: LucideIcon;
  /** What is expected here: "Drop files here." */
  prompt: string;
  /** What may be chosen; a refusal takes its place. */
  hint: string;
  /** The button. */
  label: string;
  /** Types for the browser's own choice. */
  accept?: string;
  multiple?: boolean;
  disabled?: boolean;
  /** Why the API would refuse the file, in the reader's language; undefined where it would not. */
  check: (file: File) => string | undefined;
  onChoose: (files: readonly File[]) => void;
}

/** Chooses files, by its button or by dropping them there; refuses what the API would refuse. */
export function FileInput({
  icon: Icon,
  prompt,
  hint,
  label,
  accept,
  multiple = false,
  disabled = false,
  check,
  onChoose,
}: FileInputProps) {
  const id = useId();
  const [problem, setProblem] = useState<string>();
  const [dragged, setDragged] = useState(false);

  function take(list: FileList | null): void {
    const files = [...(list ?? [])].slice(0, multiple ? undefined : 1);
    const problems = files.flatMap((file) => check(file) ?? []);
    setProblem(problems[0]);
    const good = files.filter((file) => check(file) === undefined);
    if (good.length > 0) onChoose(good);
  }

  const drop = disabled
    ? {}
    : {
        onDragOver: (event: React.DragEvent) => {
          event.preventDefault();
          setDragged(true);
        },
        onDragLeave: () => setDragged(false),
        onDrop: (event: React.DragEvent) => {
          event.preventDefault();
          setDragged(false);
          take(event.dataTransfer.files);
        },
      };
  return (
    <div
      {...drop}
      className={`flex flex-wrap items-center gap-3 rounded-8 border border-dashed p-3 ${dragged ? "border-accent bg-tint" : "border-ctl"}`}
    >
      <Icon size={20} strokeWidth={1.75} className="text-ink3" aria-hidden />
      <div className="min-w-0 grow basis-48">
        <p className="text-ink2">{prompt}</p>
        <p
          id={`${id}-hint`}
          role="status"
          className={`text-12 ${problem === undefined ? "text-ink3" : "text-danger"}`}
        >
          {problem ?? hint}
        </p>
      </div>
      <label
        className={`${buttonClass()} has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent ${disabled ? "opacity-60" : "cursor-pointer"}`}
      >
        <Upload size={16} strokeWidth={1.75} aria-hidden />
        {label}
        <input
          type="file"
          className="sr-only"
          accept={accept}
          multiple={multiple}
          disabled={disabled}
          aria-describedby={`${id}-hint`}
          onChange={(event) => {
            take(event.target.files);
            // So that the same file can be chosen again after it failed.
            event.target.value = "";
          }}
        />
      </label>
    </div>
  );
}
