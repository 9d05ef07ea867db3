/** Annotations of a dashboard: read once for all graphs of the page, written and deleted in a dialog. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { request } from "~/api/client";
import { formatMoment } from "~/core/time";
import { Async, Button, Dialog, Field, IconButton, Input, Segments, Select, Swatch, toast } from "~/ui";
import type { Annotation, WidgetScope } from "~/widgets/context";
import type { Window } from "~/widgets/request";
import type { Widget, WidgetDefinition } from "~/widgets/types";

interface Stored {
  id: string;
  attributes: {
    description: string;
    color: Annotation["color"];
    start_time: number;
    end_time: number | null;
    type: "pointInTime" | "timeRegion";
    widget_ids?: string[];
  };
}

export const COLORS: Record<Annotation["color"], string> = {
  blue: "--c1",
  gray: "--nodata",
  green: "--ok",
  purple: "--c5",
  red: "--alert",
  yellow: "--warn-fill",
};

const keyOf = (page: string) => ["annotations", page];

function useStored(page: string, { from, to }: Window) {
  return useQuery({
    queryKey: [...keyOf(page), from, to],
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    queryFn: async ({ signal }) =>
      (
        await request<{ data: Stored[] }>("GET", "/api/v2/annotation", {
          query: { page_id: page, start_time: Math.floor(from), end_time: Math.ceil(to) },
          signal,
        })
      ).data,
  });
}

/** What the scope of a page's widgets needs to draw its annotations. */
export function useAnnotations(
  page: string,
  window: Window,
  widgets: readonly Widget[],
): Pick<WidgetScope, "annotations" | "widgetIdOf"> {
  const { data } = useStored(page, window);
  const ids = useMemo(() => idsOf(widgets), [widgets]);
  return useMemo(
    () => ({
      annotations: data?.map(({ id, attributes: own }) => ({
        id,
        description: own.description,
        color: own.color,
        from: own.start_time,
        to: own.end_time,
        widgetIds: own.widget_ids ?? [],
      })),
      widgetIdOf: (definition) => ids.get(definition),
    }),
    [data, ids],
  );
}

function idsOf(widgets: readonly Widget[], found = new WeakMap<WidgetDefinition, string>()) {
  for (const { id, definition } of widgets) {
    found.set(definition, String(id ?? ""));
    idsOf(definition.widgets ?? [], found);
  }
  return found;
}

interface DialogProps {
  page: string;
  window: Window;
  /** The graph that it was opened from: new ones may be for it alone. */
  widgetId?: string;
  onClose: () => void;
}

const local = (time: number) => {
  const at = new Date(time - new Date(time).getTimezoneOffset() * 60_000);
  return at.toISOString().slice(0, 16);
};

export function AnnotationsDialog({ page, window, widgetId, onClose }: DialogProps) {
  const client = useQueryClient();
  const stored = useStored(page, window);
  const [description, setDescription] = useState("");
  const [color, setColor] = useState<Annotation["color"]>("blue");
  const [kind, setKind] = useState<"pointInTime" | "timeRegion">("pointInTime");
  const [scope, setScope] = useState(widgetId ? "graph" : "all");
  const [from, setFrom] = useState(() => local((window.from + window.to) / 2));
  const [to, setTo] = useState(() => local(window.to));
  const refresh = () => client.invalidateQueries({ queryKey: keyOf(page) });
  const add = useMutation({
    mutationFn: () => {
      const attributes = {
        page_id: page,
        description,
        color,
        type: kind,
        start_time: new Date(from).getTime(),
        end_time: kind === "timeRegion" ? new Date(to).getTime() : null,
        widget_ids: scope === "graph" && widgetId ? [widgetId] : [],
      };
      return request<unknown>("POST", "/api/v2/annotation", {
        body: { data: { type: "annotation", attributes } },
      });
    },
    onSuccess: () => {
      setDescription("");
      toast("Annotation added");
      return refresh();
    },
    onError: (error) => toast(error.message, "alert"),
  });
  const remove = useMutation({
    mutationFn: (id: string) => request<unknown>("DELETE", `/api/v2/annotation/${id}`),
    onSuccess: refresh,
    onError: (error) => toast(error.message, "alert"),
  });
  return (
    <Dialog title="Annotations" open onClose={onClose} width={680}>
      <div style={{ display: "grid", gap: "var(--s-5)" }}>
        <Field label="Description">
          <Input value={description} autoFocus onChange={(event) => setDescription(event.target.value)} />
        </Field>
        <div style={{ display: "flex", flexWrap: "wrap", gap: "var(--s-4)", alignItems: "center" }}>
          <Segments
            label="Kind"
            value={kind}
            options={[
              { value: "pointInTime", label: "Moment" },
              { value: "timeRegion", label: "Time region" },
            ]}
            onChange={(value) => setKind(value as typeof kind)}
          />
          <Input
            type="datetime-local"
            aria-label="Start"
            value={from}
            onChange={(event) => setFrom(event.target.value)}
            style={{ width: 190 }}
          />
          {kind === "timeRegion" && (
            <Input
              type="datetime-local"
              aria-label="End"
              value={to}
              onChange={(event) => setTo(event.target.value)}
              style={{ width: 190 }}
            />
          )}
          <Select
            label="Color"
            value={color}
            options={Object.keys(COLORS).map((value) => ({ value, label: value }))}
            onChange={(value) => setColor(value as Annotation["color"])}
          />
          {widgetId && (
            <Select
              label="Show on"
              value={scope}
              options={[
                { value: "graph", label: "This graph" },
                { value: "all", label: "All graphs" },
              ]}
              onChange={setScope}
            />
          )}
          <Button
            kind="primary"
            needs="dashboards_write"
            disabled={add.isPending || description.trim() === "" || from === ""}
            onClick={() => add.mutate()}
          >
            Add annotation
          </Button>
        </div>
        <Async query={stored}>
          {(all) => (
            <ul style={{ display: "grid", gap: "var(--s-3)" }}>
              {all.length === 0 && <li className="muted">No annotations in the selected time range</li>}
              {all.map(({ id, attributes: own }) => (
                <li key={id} style={{ display: "flex", gap: "var(--s-4)", alignItems: "center" }}>
                  <Swatch color={COLORS[own.color]} />
                  <span className="muted num">{formatMoment(own.start_time)}</span>
                  <span className="truncate" style={{ flex: 1, minWidth: 0 }} title={own.description}>
                    {own.description}
                  </span>
                  <IconButton
                    small
                    icon="trash"
                    label={`Delete annotation ${own.description}`}
                    onClick={() => remove.mutate(id)}
                  />
                </li>
              ))}
            </ul>
          )}
        </Async>
      </div>
    </Dialog>
  );
}
