/** Parts of the app that are loaded when they are needed, and again when that failed while the server was away. */
import { type ComponentType, createElement, lazy } from "react";

type Load<Props> = () => Promise<{ default: ComponentType<Props> }>;

const failed = new Set<() => void>();

/** Like React's `lazy`, which remembers a failure for good; this one forgets it in `retryFailedParts`. */
export function lazyPart<Props extends object = object>(load: Load<Props>): ComponentType<Props> {
  const attempt = () =>
    lazy(() =>
      load().catch((error: unknown) => {
        failed.add(renew);
        throw error;
      }),
    );
  let part = attempt();
  const renew = () => {
    part = attempt();
  };
  return function Part(props: Props) {
    return createElement(part as ComponentType<Props>, props);
  };
}

/** Retries every part that could not be loaded; returns whether there was one. */
export function retryFailedParts(): boolean {
  const found = failed.size > 0;
  for (const renew of failed) renew();
  failed.clear();
  return found;
}
