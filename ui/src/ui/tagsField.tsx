/** A field for tags, separated by commas. */
import { useState } from "react";
import { Field, Input } from "./controls";

interface TagsFieldProps {
  tags: readonly string[];
  onChange: (tags: string[]) => void;
  hint?: string;
}

export function TagsField({ tags, onChange, hint }: TagsFieldProps) {
  // What was typed is kept as it is: a comma after a tag is not a tag yet.
  const [text, setText] = useState(tags.join(", "));
  const shown = sameTags(readTags(text), tags) ? text : tags.join(", ");
  return (
    <Field label="Tags" hint={hint}>
      <Input
        value={shown}
        placeholder="team:web, service:shop"
        onChange={(event) => {
          setText(event.target.value);
          onChange(readTags(event.target.value));
        }}
      />
    </Field>
  );
}

export function readTags(text: string): string[] {
  return text
    .split(",")
    .map((tag) => tag.trim())
    .filter(Boolean);
}

function sameTags(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((tag, at) => tag === b[at]);
}
