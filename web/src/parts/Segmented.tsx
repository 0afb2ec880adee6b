import { useId } from "react";

interface SegmentedProps<Value extends string> {
  /** What is chosen, for screen readers. */
  label: string;
  options: readonly { value: Value; label: string }[];
  value: Value | null;
  onChange: (value: Value) => void;
  /** 24 high, inside a card. */
  small?: boolean;
}

/** One of a few, in one control: radio buttons in all but looks, so arrow keys move between them. */
export function Segmented<Value extends string>({
  label,
  options,
  value,
  onChange,
  small = false,
}: SegmentedProps<Value>) {
  const name = useId();
  const size = small ? "h-6 px-2 text-12" : "h-9 px-3 text-14 md:h-7.5";
  return (
    <fieldset className="relative inline-flex max-w-full min-w-0 divide-x divide-line overflow-x-auto [scrollbar-width:none] rounded-8 border border-line2 bg-surface">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          className={`flex shrink-0 cursor-pointer items-center text-ink2 first:rounded-l-8 last:rounded-r-8 hover:bg-hover has-checked:bg-tint has-checked:font-semibold has-checked:text-accent has-focus-visible:outline-2 has-focus-visible:outline-offset-[-2px] has-focus-visible:outline-accent ${size}`}
        >
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
            className="sr-only"
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}
