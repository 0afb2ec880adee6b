/** A form that says by field what is wrong, whether this page or the API found it. */
import { useEffect, useRef, useState, type RefObject, type SubmitEvent } from "react";
import { ApiProblem } from "@/api/problem";
import { useProblemWords } from "@/api/problemWords";

type Errors<Name extends string> = Partial<Record<Name, string>>;

interface FormPlan<Name extends string> {
  /** Names of the form's controls; a problem of the API with one of them as `field` is shown there. */
  fields: readonly Name[];
  /** What is wrong with the values, in the reader's language; empty when they can be sent. */
  check: (values: Record<Name, string>) => Errors<Name>;
  send: (values: Record<Name, string>) => Promise<void>;
}

interface Form<Name extends string> {
  ref: RefObject<HTMLFormElement | null>;
  onSubmit: (event: SubmitEvent<HTMLFormElement>) => void;
  errors: Errors<Name>;
  /** What failed as a whole; shown above the form's button. */
  failure: string | undefined;
  pending: boolean;
}

export function useForm<Name extends string>({ fields, check, send }: FormPlan<Name>): Form<Name> {
  const ref = useRef<HTMLFormElement>(null);
  const [errors, setErrors] = useState<Errors<Name>>({});
  const [failure, setFailure] = useState<string>();
  const [pending, setPending] = useState(false);
  const words = useProblemWords();

  // Whoever can't see the page is taken to the first thing to mend.
  useEffect(() => {
    if (Object.keys(errors).length > 0) {
      ref.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    }
  }, [errors]);

  async function submit(values: Record<Name, string>): Promise<void> {
    const found = check(values);
    setErrors(found);
    setFailure(undefined);
    if (Object.keys(found).length > 0) return;

    setPending(true);
    try {
      await send(values);
    } catch (error) {
      const field = fields.find((name) => error instanceof ApiProblem && error.field === name);
      if (field === undefined) setFailure(words(error).text);
      else setErrors({ [field]: words(error).text } as Errors<Name>);
    } finally {
      setPending(false);
    }
  }

  return {
    ref,
    onSubmit: (event) => {
      event.preventDefault();
      if (pending) return;
      const data = new FormData(event.currentTarget);
      const values = Object.fromEntries(fields.map((name) => [name, String(data.get(name) ?? "")]));
      void submit(values as Record<Name, string>);
    },
    errors,
    failure,
    pending,
  };
}
