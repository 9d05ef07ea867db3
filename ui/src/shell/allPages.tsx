/** Every page by section, for narrow screens, where the navigation shows the sections alone. */
import { Link, useLocation } from "wouter";
import { useMe } from "~/api/session";
import { NAV, pagesOf, placeOf } from "~/pages/register";
import { Dialog, Icon } from "~/ui";
import css from "./shell.module.css";

export function AllPages({ open, onClose }: { open: boolean; onClose: () => void }) {
  const granted = useMe().data?.permissions ?? [];
  const [location] = useLocation();
  const current = placeOf(location);
  return (
    <Dialog title="All pages" open={open} onClose={onClose} width={420}>
      <nav className={css.pageList} aria-label="All pages">
        {NAV.map((section) => {
          const entries = pagesOf(section.name, granted);
          if (entries.length === 0) return null;
          return (
            <section key={section.name}>
              <h3>
                <Icon name={section.icon} />
                {section.name}
              </h3>
              {entries.map((entry) => (
                <Link
                  key={entry.path}
                  href={entry.path}
                  aria-current={entry === current ? "page" : undefined}
                  onClick={onClose}
                >
                  {entry.title}
                </Link>
              ))}
            </section>
          );
        })}
      </nav>
    </Dialog>
  );
}
