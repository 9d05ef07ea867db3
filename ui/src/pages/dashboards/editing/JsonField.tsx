/** A part of a definition as JSON: what is no JSON object yet stays in the field alone. */
import { useState } from "react";
import { Field, TextArea } from "~/ui";

interface Props {
  label: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

export function JsonField({ label, value, onChange }: Props) {
  const [text, setText] = useState(() => JSON.stringify(value ?? {}, null, 2));
  const [problem, setProblem] = useState<string>();
  const edit = (next: string) => {
    setText(next);
    try {
      const read: unknown = JSON.parse(next);
      if (typeof read !== "object" || read === null || Array.isArray(read)) {
        throw new Error("Expected an object");
      }
      setProblem(undefined);
      onChange(read);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <Field label={label} error={problem}>
      <TextArea className="mono" rows={14} value={text} onChange={(event) => edit(event.target.value)} />
    </Field>
  );
}
