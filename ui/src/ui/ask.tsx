/** One question at a time, for code that has to wait for the answer: `if (!(await ask({ … }))) return;` */
import { useSyncExternalStore } from "react";
import { Confirm } from "./layers";

export interface Question {
  title: string;
  /** What will happen, and what cannot be undone. */
  text?: string;
  /** The verb on the button. */
  action: string;
}

let pending: { question: Question; answer: (yes: boolean) => void } | null = null;
const listeners = new Set<() => void>();

function change(next: typeof pending) {
  pending = next;
  for (const listener of listeners) listener();
}

/** Asks in a dialog; false where it is canceled, or another question takes its place. */
export function ask(question: Question): Promise<boolean> {
  pending?.answer(false);
  return new Promise((resolve) => change({ question, answer: resolve }));
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Where questions are shown; once in the app. */
export function Questions() {
  const shown = useSyncExternalStore(subscribe, () => pending);
  if (!shown) return null;
  const answer = (yes: boolean) => {
    change(null);
    shown.answer(yes);
  };
  return (
    <Confirm
      title={shown.question.title}
      action={shown.question.action}
      onConfirm={() => answer(true)}
      onClose={() => answer(false)}
    >
      <p>{shown.question.text ?? "This cannot be undone."}</p>
    </Confirm>
  );
}
