/** Unsaved work on a dashboard, in this browser: it survives a lost tab, a reload and a session that ended. */

export interface StoredDraft<T> {
  /** When the dashboard that it began from was saved. */
  base: string;
  /** UNIX milliseconds. */
  at: number;
  state: T;
}

const key = (id: string) => `heeler.dashboardDraft.${id}`;
const DAYS_30 = 30 * 86_400_000;

export function storeDraft<T>(id: string, draft: StoredDraft<T>) {
  try {
    localStorage.setItem(key(id), JSON.stringify(draft));
  } catch {
    // storage is full or forbidden: the work lasts as long as the page
  }
}

export function clearDraft(id: string) {
  try {
    localStorage.removeItem(key(id));
  } catch {
    // as above
  }
}

export function loadDraft<T>(id: string, now = Date.now()): StoredDraft<T> | null {
  try {
    const text = localStorage.getItem(key(id));
    const draft = text === null ? null : (JSON.parse(text) as StoredDraft<T>);
    return draft && now - draft.at < DAYS_30 ? draft : null;
  } catch {
    return null;
  }
}
