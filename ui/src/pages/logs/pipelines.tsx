/** Logs > Pipelines: all pipelines in the order in which they process logs. */
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { Page } from "~/shell/page";
import { Async, Button, Checkbox, Confirm, Empty, IconButton, SearchInput, Tag, Toolbar, useMay } from "~/ui";
import css from "./config.module.css";
import {
  deletePipeline,
  orderPipelines,
  type Pipeline,
  savePipeline,
  useConfigChange,
  usePipelines,
} from "./configApi";
import { StoredList } from "./orderedList";

export const WRITE = "logs_write_pipelines";

export default function Pipelines() {
  const query = usePipelines();
  const [, navigate] = useLocation();
  const [search, setSearch] = useState("");
  const [deleting, setDeleting] = useState<Pipeline>();
  const may = useMay(WRITE);
  const save = useConfigChange(savePipeline, "");
  const order = useConfigChange(
    (items: Pipeline[]) => orderPipelines(items.map((one) => one.id)),
    "Order saved",
  );
  const remove = useConfigChange(deletePipeline, "Pipeline deleted");
  const create = (
    <Button kind="primary" icon="plus" needs={WRITE} onClick={() => navigate("/logs/pipelines/new")}>
      New pipeline
    </Button>
  );
  const words = search.trim().toLowerCase();
  const fits = (one: Pipeline) => `${one.name} ${one.filter.query}`.toLowerCase().includes(words);
  return (
    <Page title="Pipelines" actions={create}>
      <p className="muted">
        Every log goes through each enabled pipeline whose filter matches it, from top to bottom, before it is
        indexed.
      </p>
      <Toolbar>
        <SearchInput main value={search} onChange={setSearch} placeholder="Search pipelines" />
      </Toolbar>
      <Async query={query}>
        {(pipelines) => {
          const shown = pipelines.filter(fits);
          return shown.length === 0 ? (
            <Empty
              title={words ? "No pipelines match your search" : "No pipelines found"}
              actions={words ? undefined : create}
            >
              Pipelines parse and enrich logs as they arrive. Those of known sources are added when their
              first log comes.
            </Empty>
          ) : (
            <StoredList
              label="Pipelines"
              items={shown}
              itemKey={(one) => one.id}
              itemName={(one) => one.name}
              order={order}
              may={may && !words}
              render={(one) => (
                <div className={css.row}>
                  <Link href={`/logs/pipelines/${one.id}`} className={one.is_enabled ? undefined : css.off}>
                    {one.name}
                  </Link>
                  {one.is_read_only && <Tag>Integration</Tag>}
                  <span className={`${css.query} ${css.grow}`}>{one.filter.query || "*"}</span>
                  <span className="muted num">{countOf(one.processors.length)}</span>
                  <fieldset
                    disabled={!may}
                    title={may ? undefined : "You do not have permission to change pipelines"}
                    style={{ border: 0, padding: 0, margin: 0 }}
                  >
                    <Checkbox
                      checked={one.is_enabled}
                      onChange={(is_enabled) => save.mutate({ ...one, is_enabled })}
                    >
                      Enabled
                    </Checkbox>
                  </fieldset>
                  <IconButton
                    icon="copy"
                    label={`Clone ${one.name}`}
                    disabled={!may}
                    onClick={() => navigate(`/logs/pipelines/new?clone=${one.id}`)}
                  />
                  <IconButton
                    icon="trash"
                    label={`Delete ${one.name}`}
                    disabled={!may || one.is_read_only === true}
                    onClick={() => setDeleting(one)}
                  />
                </div>
              )}
            />
          );
        }}
      </Async>
      {deleting && (
        <Confirm
          title={`Delete ${deleting.name}?`}
          action="Delete"
          busy={remove.isPending}
          onClose={() => setDeleting(undefined)}
          onConfirm={() => remove.mutate(deleting.id, { onSuccess: () => setDeleting(undefined) })}
        >
          New logs are no longer processed by it. Stored logs do not change.
        </Confirm>
      )}
    </Page>
  );
}

const countOf = (count: number) => `${count} ${count === 1 ? "processor" : "processors"}`;
