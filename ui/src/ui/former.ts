/** Whether what is shown answers the present question. */
import { useRef } from "react";

/**
 * Whether a result that `keepPreviousData` keeps answers another question than the present one. `question` has all
 * that a person chose, and of a live page not the time that goes on (`timeAsked`): a refresh dims nothing. A question
 * that failed has no answer: what is shown when it is asked again is still of the one before.
 */
export function useFormer(
  query: { data: unknown; isPlaceholderData: boolean },
  ...question: readonly unknown[]
): boolean {
  const asked = JSON.stringify(question);
  const answered = useRef(asked);
  if (query.data !== undefined && !query.isPlaceholderData) answered.current = asked;
  return query.isPlaceholderData && answered.current !== asked;
}
