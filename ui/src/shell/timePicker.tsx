/** The time control: presets, typed ranges, back and forward, pause, zoom out, refresh. */
import { type FormEvent, useState } from "react";
import {
  CALENDAR,
  formatRange,
  fromField,
  liveRange,
  PRESETS,
  parseRange,
  shortSpan,
  spanPreset,
  type TimeRange,
  toField,
} from "~/core/time";
import { zoneOffset } from "~/core/zone";
import { Button, Field, Icon, IconButton, Input, Popover, Segments } from "~/ui";
import { useShortcuts } from "./keys";
import { setTimeZone, usePreferences } from "./preferences";
import css from "./shell.module.css";
import { useTimeRange } from "./timeRange";

export function TimePicker() {
  const time = useTimeRange();
  const { range } = time;
  const [open, setOpen] = useState(false);
  const { zone } = usePreferences();
  useShortcuts([
    { keys: "T", does: "Choose a time range", run: () => setOpen(true) },
    { keys: "[", does: "Back in time", run: () => time.shift(-1) },
    { keys: "]", does: "Forward in time", run: () => time.shift(1) },
    { keys: "Z", does: "Zoom out", run: time.zoomOut },
    { keys: "Space", does: "Pause or go live", run: time.togglePause },
    { keys: "R", does: "Refresh", run: time.refresh },
  ]);
  const pick = (next: TimeRange) => {
    time.set(next);
    setOpen(false);
  };
  const preset = spanPreset(range);
  const span = shortSpan(range.to - range.from);
  return (
    <div className={css.time} role="group" aria-label="Time range">
      <IconButton icon="left" label="Back in time" onClick={() => time.shift(-1)} />
      <Popover
        label="Choose a time range"
        align="end"
        open={open}
        onOpenChange={setOpen}
        trigger={
          <button
            type="button"
            className={css.timeButton}
            data-named={range.live || undefined}
            title={`${formatRange(range)}, ${zone === "utc" ? "UTC" : zoneOffset(range.to)}`}
          >
            <span className="visually-hidden">Time range: </span>
            <span className={css.chip} data-paused={!range.live || undefined}>
              {preset?.short ?? span}
            </span>
            {preset?.label ?? (range.live ? `Past ${span}` : null)}
            <small>
              {formatRange(range)}
              {zone === "utc" && " UTC"}
            </small>
            <Icon name="down" size={14} />
          </button>
        }
      >
        <Picker range={range} onPick={pick} />
      </Popover>
      <IconButton
        icon={range.live ? "pause" : "play"}
        label={range.live ? "Pause" : "Go live"}
        onClick={time.togglePause}
      />
      <IconButton icon="right" label="Forward in time" disabled={range.live} onClick={() => time.shift(1)} />
      <IconButton icon="zoomOut" label="Zoom out" onClick={time.zoomOut} />
      <IconButton icon="refresh" label="Refresh" onClick={time.refresh} />
    </div>
  );
}

function Picker({ range, onPick }: { range: TimeRange; onPick: (range: TimeRange) => void }) {
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const parsed = parseRange(text, Date.now());
    if (parsed) onPick(parsed);
    else setWrong(true);
  };
  const current = spanPreset(range)?.short;
  return (
    <div className={css.picker}>
      <form onSubmit={submit}>
        <Field
          label="Any range"
          error={
            wrong ? "Not understood. Try 3h, past 2 days, Jan 1 - Jan 2, 6:00 - 13:00 or today." : undefined
          }
          hint="3h, past 2 days, Jan 1 - Jan 2, 6:00 - 13:00, UNIX time"
        >
          <Input
            autoFocus
            value={text}
            placeholder={formatRange(range)}
            onChange={(event) => {
              setText(event.target.value);
              setWrong(false);
            }}
          />
        </Field>
      </form>
      <div className={css.presets}>
        {PRESETS.map((group) => (
          <div key={group[0]!.short}>
            {group.map((preset) => (
              <button
                key={preset.short}
                type="button"
                className={css.preset}
                aria-pressed={preset.short === current}
                onClick={() => onPick(liveRange(preset.span, Date.now()))}
              >
                <i>{preset.short}</i>
                {preset.label}
              </button>
            ))}
          </div>
        ))}
        <div>
          {CALENDAR.map((words) => (
            <button
              key={words}
              type="button"
              className={css.preset}
              onClick={() => onPick(parseRange(words, Date.now())!)}
            >
              {words[0]!.toUpperCase() + words.slice(1)}
            </button>
          ))}
        </div>
      </div>
      <Absolute range={range} onPick={onPick} />
      <ZoneSwitch />
    </div>
  );
}

function Absolute({ range, onPick }: { range: TimeRange; onPick: (range: TimeRange) => void }) {
  const [from, setFrom] = useState(toField(range.from));
  const [to, setTo] = useState(toField(range.to));
  const [start, end] = [fromField(from), fromField(to)];
  const good = start < end;
  return (
    <form
      className={css.absolute}
      onSubmit={(event) => {
        event.preventDefault();
        if (good) onPick({ from: start, to: end, live: false });
      }}
    >
      <Field label="From">
        <Input
          type="datetime-local"
          step="1"
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
      </Field>
      <Field label="To">
        <Input type="datetime-local" step="1" value={to} onChange={(event) => setTo(event.target.value)} />
      </Field>
      <Button type="submit" disabled={!good}>
        Apply
      </Button>
    </form>
  );
}

/** Local time or UTC, for every moment on every page. */
function ZoneSwitch() {
  const { zone } = usePreferences();
  const options = [
    { value: "local", label: `Local, ${zoneOffset(Date.now())}` },
    { value: "utc", label: "UTC" },
  ] as const;
  return (
    <div className={css.zone}>
      <span className="muted">Time zone</span>
      <Segments label="Time zone" value={zone} options={options} onChange={setTimeZone} />
    </div>
  );
}
