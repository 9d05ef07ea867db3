/** A part of a definition as JSON: what is no JSON object yet is reported, and no part of the definition. */
import { useState } from "react";
import { Field, TextArea } from "~/ui";
import { readObject, type Unfinished } from "./jsonText";

interface Props {
  label: string;
  value: unknown;
  /** What was half written when the field was last on the screen. */
  unfinished?: Unfinished;
  onChange: (value: unknown) => void;
  /** Without an argument when the text is whole again. */
  onUnfinished: (unfinished?: Unfinished) => void;
}

export function JsonField({ label, value, unfinished, onChange, onUnfinished }: Props) {
  const [text, setText] = useState(() => unfinished?.text ?? JSON.stringify(value ?? {}, null, 2));
  const edit = (next: string) => {
    setText(next);
    const read = readObject(next);
    if ("problem" in read) {
      onUnfinished({ label, text: next, problem: read.problem });
      return;
    }
    onUnfinished();
    onChange(read.value);
  };
  return (
    <Field label={label} error={unfinished?.problem}>
      <TextArea className="mono" rows={14} value={text} onChange={(event) => edit(event.target.value)} />
    </Field>
  );
}
