/** All dashboards, with search; a new one, or one from JSON. */

import { useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import { formatAgo } from "~/core/time";
import { useMyTeams } from "~/pages/teams/mine";
import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import {
  Async,
  Button,
  type Column,
  DataTable,
  Dialog,
  Empty,
  Field,
  IconButton,
  Input,
  Notice,
  SearchInput,
  Segments,
  TextArea,
  Toolbar,
} from "~/ui";
import type { Dashboard } from "~/widgets/types";
import { type DashboardSummary, useDashboards, useFavorites, useSaveDashboard, useStar } from "./api";
import { DeletedDialog } from "./deletedDialog";
import { GalleryDialog } from "./galleryDialog";
import css from "./list.module.css";

type Shown = "all" | "favorites" | "own" | "integrations";

const SHOWN = [
  { value: "all", label: "All" },
  { value: "favorites", label: "Favorites" },
  { value: "own", label: "Custom" },
  { value: "integrations", label: "Integrations" },
] as const;

function columnsOf(
  starred: ReadonlySet<string>,
  popularity: Record<string, number>,
  onStar: (id: string) => void,
) {
  const columns: Column<DashboardSummary>[] = [
    {
      key: "star",
      title: "",
      width: "52px",
      cell: (board) => (
        <IconButton
          small
          icon="star"
          label={
            starred.has(board.id) ? `Remove ${board.title} from favorites` : `Add ${board.title} to favorites`
          }
          aria-pressed={starred.has(board.id)}
          style={{ color: starred.has(board.id) ? "var(--warn-fill)" : "var(--text-3)" }}
          onClick={() => onStar(board.id)}
        />
      ),
    },
    {
      key: "title",
      title: "Name",
      width: "minmax(200px, 3fr)",
      sort: (board) => board.title,
      cell: (board) => (
        <Link className="truncate" href={`/dashboard/${board.id}`}>
          {board.title || "Unnamed"}
        </Link>
      ),
    },
    {
      key: "author",
      title: "Author",
      sort: (board) => board.author_handle,
      cell: (board) => board.author_handle || (board.integration ? `Integration: ${board.integration}` : ""),
    },
    {
      key: "teams",
      title: "Teams",
      cell: (board) =>
        board.tags
          .filter((tag) => tag.startsWith("team:"))
          .map((tag) => tag.slice(5))
          .join(", "),
    },
    {
      key: "popularity",
      title: "Popularity",
      width: "110px",
      sort: (board) => popularity[board.id] ?? 0,
      cell: (board) => {
        const bars = popularity[board.id] ?? 0;
        return (
          <span className={css.popularity} role="img" aria-label={`${bars} of 5`} title={`${bars} of 5`}>
            {[1, 2, 3, 4, 5].map((bar) => (
              <i key={bar} data-on={bar <= bars || undefined} />
            ))}
          </span>
        );
      },
    },
    {
      key: "modified",
      title: "Modified",
      sort: (board) => board.modified_at,
      cell: (board) =>
        board.modified_at ? formatAgo(new Date(board.modified_at).getTime(), Date.now()) : "",
    },
  ];
  return columns;
}

export default function DashboardList() {
  const [search, setSearch] = useUrlState("q");
  const [shown, setShown] = useUrlState("list", "all");
  const [adding, setAdding] = useState(false);
  const [deleted, setDeleted] = useState(false);
  const [gallery, setGallery] = useState(false);
  const teams = useMyTeams();
  const query = useDashboards();
  const favorites = useFavorites();
  const star = useStar();
  const starred = useMemo(() => new Set(favorites.data?.starred), [favorites.data]);
  const columns = columnsOf(starred, favorites.data?.popularity ?? {}, (id) =>
    star.mutate({ id, starred: !starred.has(id) }),
  );
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const listed = (board: DashboardSummary) => {
    if (!teams.shows(board.tags)) return false;
    if (shown === "favorites" && !starred.has(board.id)) return false;
    if (shown === "own" && board.integration) return false;
    // Ready dashboards stand among the others once there is something to see; before, in the gallery.
    if (shown === "all" && board.integration && !board.has_data) return false;
    if (shown === "integrations" && !board.integration) return false;
    const text =
      `${board.title} ${board.description ?? ""} ${board.tags.join(" ")} ${board.content}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const add = (
    <Button kind="primary" icon="plus" needs="dashboards_write" onClick={() => setAdding(true)}>
      New dashboard
    </Button>
  );
  return (
    <Page
      title="Dashboards"
      fill
      actions={
        <>
          {add}
          <Button icon="dashboard" onClick={() => setGallery(true)}>
            Gallery
          </Button>
          <Button icon="trash" onClick={() => setDeleted(true)}>
            Deleted
          </Button>
        </>
      }
    >
      <Toolbar>
        <div style={{ flex: "0 1 380px" }}>
          <SearchInput
            main
            value={search}
            onChange={setSearch}
            placeholder="Search dashboards, widgets and metrics"
          />
        </div>
        <Segments label="List" value={shown as Shown} options={SHOWN} onChange={setShown} />
        {teams.control}
      </Toolbar>
      <Async query={query}>
        {({ dashboards }) =>
          dashboards.length === 0 ? (
            <Empty title="No dashboards found" actions={add}>
              Create one here, post one with your client, or import the JSON of one you have.
            </Empty>
          ) : (
            <DataTable
              label="Dashboards"
              rows={dashboards.filter(listed)}
              columns={columns}
              rowKey={(board) => board.id}
              empty="No dashboards match your search"
              initialSort={{ key: "title", descending: false }}
            />
          )
        }
      </Async>
      {gallery && <GalleryDialog onClose={() => setGallery(false)} />}
      {deleted && <DeletedDialog onClose={() => setDeleted(false)} />}
      {adding && <NewDashboard onClose={() => setAdding(false)} />}
    </Page>
  );
}

function NewDashboard({ onClose }: { onClose: () => void }) {
  const [title, setTitle] = useState("");
  const [json, setJson] = useState("");
  const [importing, setImporting] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [, navigate] = useLocation();
  const save = useSaveDashboard();
  const create = async () => {
    const board = read(title, json);
    if (typeof board === "string") return setProblem(board);
    try {
      const made = await save.mutateAsync({ board });
      navigate(`/dashboard/${made.id}${json ? "" : "?edit=1"}`);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const footer = (
    <Button kind="primary" onClick={() => void create()} disabled={save.isPending || (!title && !json)}>
      Create
    </Button>
  );
  return (
    <Dialog title="New dashboard" open onClose={onClose} footer={footer}>
      <Field label="Name">
        <Input
          value={title}
          onChange={(event) => setTitle(event.target.value)}
          onKeyDown={(event) => event.key === "Enter" && title && !save.isPending && void create()}
          autoFocus
        />
      </Field>
      {problem && !importing && <Notice state="alert">{problem}</Notice>}
      {importing ? (
        <Field
          label="Import dashboard JSON"
          hint="Paste an exported dashboard; it is stored unchanged."
          error={problem}
        >
          <TextArea rows={8} value={json} onChange={(event) => setJson(event.target.value)} autoFocus />
        </Field>
      ) : (
        <div>
          <Button kind="ghost" size="small" onClick={() => setImporting(true)}>
            Import dashboard JSON
          </Button>
        </div>
      )}
    </Dialog>
  );
}

/** The dashboard to create, or what is wrong with the text. */
function read(title: string, json: string): Omit<Dashboard, "id"> | string {
  if (!json.trim()) return { title, layout_type: "ordered", reflow_type: "fixed", widgets: [] };
  try {
    const { id: _, ...board } = JSON.parse(json) as Dashboard;
    return { ...board, title: title || board.title };
  } catch (error) {
    return `This is not JSON: ${(error as Error).message}`;
  }
}
