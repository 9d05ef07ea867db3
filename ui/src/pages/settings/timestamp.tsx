import { formatAgo, formatMoment } from "~/core/time";

interface MomentProps {
  /** ISO 8601, as the API writes it. */
  text: string | null;
  /** Shown where there is no moment. */
  never?: string;
}

/** How long ago something was; the moment itself on hover. */
export function Moment({ text, never = "–" }: MomentProps) {
  if (!text) return <span className="muted">{never}</span>;
  const time = new Date(text).getTime();
  return (
    <time className="num" dateTime={text} title={formatMoment(time)}>
      {formatAgo(time, Date.now())}
    </time>
  );
}
