/** One rule for pictures wherever they stand: those of other sites are loaded only once the reader agreed. */
import { type CSSProperties, type ReactNode, useState, useSyncExternalStore } from "react";
import { Button, Icon } from "~/ui";
import type { ImageAddress } from "./imageAddress";
import css from "./images.module.css";

const KEY = "heeler.externalImages";
const listeners = new Set<() => void>();

function allowed(): boolean {
  try {
    return localStorage.getItem(KEY) === "load";
  } catch {
    return false; // storage is forbidden in this browser: pictures stay away
  }
}

export function allowExternalImages(load: boolean) {
  try {
    if (load) localStorage.setItem(KEY, "load");
    else localStorage.removeItem(KEY);
  } catch {
    // as above
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useExternalImages(): boolean {
  return useSyncExternalStore(subscribe, allowed);
}

interface Props {
  address: ImageAddress;
  alt: string;
  fit?: CSSProperties["objectFit"];
  style?: CSSProperties;
  /** What stands in its place where it cannot be loaded; else words that say so. */
  instead?: ReactNode;
}

export function ImageAt({ address, alt, fit = "contain", style, instead }: Props) {
  const loads = useExternalImages();
  const [failed, setFailed] = useState("");
  if (address.kind === "missing" || failed === address.url) {
    return instead ?? <Placeholder text={alt || "Image not available"} />;
  }
  if (address.kind === "external" && !loads) {
    return (
      instead ?? (
        <div className={css.box} title={`External image: ${address.url}`}>
          <div className={css.placeholder}>
            <Icon name="info" />
            <span>External image not loaded</span>
            <Button size="small" onClick={() => allowExternalImages(true)}>
              Load images
            </Button>
          </div>
        </div>
      )
    );
  }
  return (
    <img
      className={css.image}
      src={address.url}
      alt={alt}
      referrerPolicy="no-referrer"
      style={{ objectFit: fit, ...style }}
      onError={() => setFailed(address.url)}
    />
  );
}

function Placeholder({ text }: { text: string }) {
  return (
    <div className={css.placeholder}>
      <span className="truncate">{text}</span>
    </div>
  );
}
