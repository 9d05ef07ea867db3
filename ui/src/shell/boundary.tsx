/** Keeps an error of one page from taking the navigation with it, and recovers when the server is back. */
import { Component, type ReactNode, useEffect, useRef } from "react";
import { useConnectionLost } from "~/api/connection";
import { retryFailedParts } from "~/core/lazyPart";
import { Button, Empty } from "~/ui";
import { Page } from "./page";

const PROBE_MS = 5_000;
/** A browser may remember that a module could not be loaded; only reloading the page helps then. */
const RELOADED = "heeler.reloaded";

export class Boundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  retry = () => {
    retryFailedParts();
    this.setState({ error: null });
  };

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    const missing = isMissingPart(error);
    return (
      <Page title="Something went wrong">
        <Empty
          title={missing ? "Could not load this page" : "Something went wrong"}
          actions={
            <>
              <Button kind="primary" onClick={this.retry}>
                Retry
              </Button>
              <Button onClick={() => location.reload()}>Reload</Button>
            </>
          }
        >
          {missing
            ? "The server could not be reached. This page loads as soon as it is back."
            : error.message}
        </Empty>
        {missing && <WhenBack onBack={this.retry} />}
      </Page>
    );
  }
}

/** Whether a part of the app could not be fetched, in the words of the several browsers. */
export function isMissingPart(error: Error): boolean {
  return /dynamically imported module|importing a module script|unable to preload css/i.test(error.message);
}

/** Tries again when the server answers, and reloads the page where a retry does not help. */
function WhenBack({ onBack }: { onBack: () => void }) {
  const lost = useConnectionLost();
  const wasLost = useRef(lost);
  useEffect(() => {
    if (wasLost.current && !lost) onBack();
    wasLost.current = lost;
  }, [lost, onBack]);
  useEffect(() => {
    const timer = setInterval(async () => {
      const reached = await fetch(document.baseURI, { cache: "no-store" }).then(
        (answer) => answer.ok,
        () => false,
      );
      if (!reached || Date.now() - Number(sessionStorage.getItem(RELOADED)) < 60_000) return;
      sessionStorage.setItem(RELOADED, String(Date.now()));
      location.reload();
    }, PROBE_MS);
    return () => clearInterval(timer);
  }, []);
  return null;
}
