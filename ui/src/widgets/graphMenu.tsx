/** What can be done with any graph: look closer, take it further, take it away. */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";
import { useLocation } from "wouter";
import { formatRange, rangeToParams } from "~/core/time";
import { IconButton, Menu, MenuItem, MenuSeparator, toast } from "~/ui";
import { download, seriesCsv, tableCsv } from "./csv";
import { shownSeries, shownTable } from "./data";
import { QueryDetailsDialog } from "./details/queryDetails";
import { explorerParams, metricTexts, monitorQuery } from "./links";
import { pictureOf } from "./png";
import { requestsOf, type Window } from "./request";
import { SnapshotDialog } from "./snapshot";
import type { WidgetDefinition } from "./types";

interface GraphMenuProps {
  /** With the page's variables put in. */
  definition: WidgetDefinition;
  window: Window;
  onFull?: () => void;
  /** Address parameters that lead to this graph, beside the page's own and the time. */
  link?: Record<string, string>;
  /** Left out where one is there already. */
  explorer?: boolean;
  monitor?: boolean;
  /** Further entries. */
  children?: ReactNode;
}

const TABLES = new Set(["toplist", "query_table", "query_value", "hostmap", "sunburst", "treemap"]);

type Layer = "details" | "snapshot" | null;

export function GraphMenu(props: GraphMenuProps) {
  const { definition, window, onFull, link = {}, explorer = true, monitor = true, children } = props;
  const [layer, setLayer] = useState<Layer>(null);
  const [, navigate] = useLocation();
  const exported = useExport(definition, window);
  const texts = metricTexts(definition);
  const time = rangeToParams({ ...window, live: false });
  const bars = requestsOf(definition).some((request) => request.display_type === "bars");
  const go = (path: string, params: Record<string, string>) =>
    navigate(`${path}?${new URLSearchParams(params)}`);
  const copy = async () => {
    await navigator.clipboard.writeText(addressOf({ ...time, ...link }));
    toast("Copied the link to this graph");
  };
  const close = () => setLayer(null);
  const place = useRef<HTMLSpanElement>(null);
  const picture = async (way: "copy" | "download") => {
    try {
      const section = place.current?.closest("section");
      const png = section ? await pictureOf(section) : null;
      if (!png) return toast("This widget has no picture to export", "info");
      if (way === "copy") {
        await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
        toast("Copied the image");
      } else download(`${fileName(definition, window)}.png`, png);
    } catch (error) {
      toast(`Could not export: ${(error as Error).message}`, "alert");
    }
  };
  return (
    <>
      <span ref={place} hidden />
      {onFull && <IconButton small icon="expand" label="Full screen" onClick={onFull} />}
      <Menu align="end" trigger={<IconButton small icon="more" label="More" />}>
        {onFull && (
          <MenuItem icon="expand" onSelect={onFull}>
            Full screen
          </MenuItem>
        )}
        {explorer && texts.length > 0 && (
          <MenuItem
            icon="metrics"
            onSelect={() => go("/metric/explorer", { ...explorerParams(texts, bars), ...time })}
          >
            View in explorer
          </MenuItem>
        )}
        {monitor && texts.length > 0 && (
          <MenuItem
            icon="bell"
            onSelect={() => go("/monitors/create", { query: monitorQuery(texts[0]!, "") })}
          >
            Create monitor…
          </MenuItem>
        )}
        {texts.length > 0 && (
          <MenuItem icon="info" onSelect={() => setLayer("details")}>
            Query details…
          </MenuItem>
        )}
        {definition.type === "timeseries" && (
          <MenuItem icon="mail" onSelect={() => setLayer("snapshot")}>
            Send snapshot…
          </MenuItem>
        )}
        <MenuSeparator />
        <MenuItem icon="share" onSelect={() => void copy()}>
          Copy link
        </MenuItem>
        <MenuItem icon="copy" onSelect={() => void picture("copy")}>
          Copy image
        </MenuItem>
        <MenuItem icon="download" onSelect={() => void picture("download")}>
          Export PNG
        </MenuItem>
        {exported && (
          <MenuItem icon="download" onSelect={() => void exported()}>
            Export CSV
          </MenuItem>
        )}
        {children}
      </Menu>
      {layer === "details" && (
        <QueryDetailsDialog
          texts={texts}
          range={{ ...window, live: false }}
          display={bars ? "bars" : "line"}
          onClose={close}
        />
      )}
      {layer === "snapshot" && (
        <SnapshotDialog
          definition={definition}
          window={window}
          link={pathOf({ ...time, ...link })}
          onClose={close}
        />
      )}
    </>
  );
}

/** This page with other parameters. */
function addressOf(params: Record<string, string>): string {
  const address = new URL(window.location.href);
  for (const [name, value] of Object.entries(params)) address.searchParams.set(name, value);
  return address.href;
}

/** The same below the server's root, as mails link to it. */
function pathOf(params: Record<string, string>): string {
  const base = new URL(".", document.baseURI).href;
  return `/${addressOf(params).slice(base.length)}`;
}

/** Of a file, without an ending: what the graph is and of which time. */
function fileName(definition: WidgetDefinition, window: Window): string {
  const name = `${definition.title || "graph"} ${formatRange({ ...window, live: false })}`;
  return name.replace(/[^\p{L}\p{N}.-]+/gu, "-").replace(/^-|-$/g, "");
}

/** Writes the data that the graph shows to a file; null for widgets without numbers. */
function useExport(definition: WidgetDefinition, window: Window): (() => Promise<void>) | null {
  const client = useQueryClient();
  const table = TABLES.has(definition.type);
  if (!table && definition.type !== "timeseries") return null;
  return async () => {
    try {
      const text = table
        ? tableCsv(await shownTable(client, definition, window))
        : seriesCsv((await shownSeries(client, definition, window)).flat());
      download(`${fileName(definition, window)}.csv`, text);
    } catch (error) {
      toast(`Could not export: ${(error as Error).message}`, "alert");
    }
  };
}
