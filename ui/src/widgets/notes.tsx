/** What the server had to say of an answer: that something was cut, or is not as whole as it looks. */
import { Icon } from "~/ui";
import css from "./panel.module.css";

/** One line: the rest of it is said when the pointer rests there. */
export function Notes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null;
  const all = [...new Set(notes)];
  return (
    <p className={css.note} title={all.join("\n")}>
      <Icon name="info" size={12} /> {all.map((note) => note.replace(/\.$/, "")).join(". ")}
    </p>
  );
}
