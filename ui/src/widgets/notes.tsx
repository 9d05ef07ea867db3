/** What the server had to say of an answer: that something was cut, or is not as whole as it looks. */
import { Icon } from "~/ui";
import css from "./panel.module.css";

export function Notes({ notes }: { notes: readonly string[] }) {
  return notes.map((note) => (
    <p key={note} className={css.note} title={note}>
      <Icon name="info" size={12} /> {note}
    </p>
  ));
}
