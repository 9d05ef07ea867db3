/** Frame of a page: the sticky bar with where one is, time, and actions; the body below. */
import { type ReactNode, useEffect, useRef } from "react";
import { Link } from "wouter";
import css from "./shell.module.css";
import { TimePicker } from "./timePicker";

export interface Crumb {
  label: string;
  href: string;
}

interface PageProps {
  title: ReactNode;
  /** For the browser's tab, where `title` is not plain text. */
  documentTitle?: string;
  crumbs?: readonly Crumb[];
  /** Beside the title: a star, a state. */
  aside?: ReactNode;
  /** Show the time control; the page then follows `useTimeRange()`. */
  time?: boolean;
  actions?: ReactNode;
  /** As high as the window, for pages that scroll inside. */
  fill?: boolean;
  /** A form for something new: its first field has the focus, so that one can write at once. */
  form?: boolean;
  children: ReactNode;
}

const FIELD =
  ":is(input:not([type=checkbox], [type=radio]), textarea, [contenteditable=true]):not(:disabled, [readonly])";
/** An editor whose code is on its way. */
const WAITING = "[data-waiting]";

/** Focuses the first field of a form as it opens, once it is there; the way to stop waiting for it. */
function focusFirst(form: HTMLElement): () => void {
  const first = form.querySelector<HTMLElement>(`${FIELD}, ${WAITING}`);
  if (first?.matches(FIELD)) first.focus({ preventScroll: true });
  if (!first?.matches(WAITING)) return () => undefined;
  const before = document.activeElement;
  const observer = new MutationObserver(() => {
    const field = first.querySelector<HTMLElement>(FIELD);
    if (!field) return;
    observer.disconnect();
    // Who has gone elsewhere meanwhile stays there: in the form, in its bar, in a dialog.
    const now = document.activeElement;
    if (now === before || now === document.body) field.focus({ preventScroll: true });
  });
  observer.observe(first, { childList: true, subtree: true });
  return () => observer.disconnect();
}

export function Page(props: PageProps) {
  const { title, documentTitle, crumbs = [], aside, time, actions, fill, form, children } = props;
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // A touch screen would cover half of the form with its keyboard.
    if (!form || !body.current || window.matchMedia("(pointer: coarse)").matches) return;
    if (!body.current.contains(document.activeElement)) return focusFirst(body.current);
  }, [form]);
  const name = documentTitle ?? (typeof title === "string" ? title : "");
  useEffect(() => {
    document.title = name ? `${name} · Heeler` : "Heeler";
  }, [name]);
  return (
    <>
      <header className={css.top}>
        <nav className={css.crumbs} aria-label="Breadcrumb">
          {crumbs.map((crumb) => [
            <Link key={crumb.href} href={crumb.href}>
              {crumb.label}
            </Link>,
            <span key={`${crumb.href}-slash`} aria-hidden="true">
              /
            </span>,
          ])}
          <h1>{title}</h1>
          {aside}
        </nav>
        <span className={css.grow} />
        {time && <TimePicker />}
        {actions}
      </header>
      <div ref={body} className={css.body} data-fill={fill || undefined}>
        {children}
      </div>
    </>
  );
}
