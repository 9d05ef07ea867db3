/** Logs > Archives: which logs are written to files in a bucket, whatever the indexes keep. */
import { useState } from "react";
import { formatMoment } from "~/core/time";
import { Page } from "~/shell/page";
import {
  Async,
  Button,
  Checkbox,
  Confirm,
  Dialog,
  Empty,
  Field,
  IconButton,
  Input,
  Notice,
  Select,
  Status,
  TagsField,
  useMay,
} from "~/ui";
import { type DestinationFields, destinationOf, fieldsOf, scanLimit } from "./archiveForm";
import {
  type Archive,
  type ArchiveAttributes,
  deleteArchive,
  orderArchives,
  saveArchive,
  useArchives,
} from "./archivesApi";
import css from "./config.module.css";
import { useConfigChange } from "./configApi";
import { FilterField } from "./filterField";
import { StoredList } from "./orderedList";

const WRITE = "logs_write_archives";

export default function Archives() {
  const query = useArchives();
  const may = useMay(WRITE);
  const [editing, setEditing] = useState<Archive | "new">();
  const [deleting, setDeleting] = useState<Archive>();
  const order = useConfigChange(
    (items: Archive[]) => orderArchives(items.map((one) => one.id)),
    "Order saved",
  );
  const remove = useConfigChange(deleteArchive, "Archive deleted");
  const create = (
    <Button
      kind="primary"
      icon="plus"
      needs={WRITE}
      disabled={query.data?.configured === false}
      onClick={() => setEditing("new")}
    >
      New archive
    </Button>
  );
  return (
    <Page title="Archives" actions={create}>
      <p className="muted">
        A log goes to the first archive whose filter matches it, also if an index excludes it. Archives are
        files of JSON lines in a bucket of an S3-compatible store.
      </p>
      <Async query={query}>
        {({ archives, configured }) => (
          <>
            {!configured && (
              <Notice state="info">
                <span>
                  Archives need the credentials of a store: an operator of the server sets{" "}
                  <code>HEELER_S3_ACCESS_KEY_ID</code>, <code>HEELER_S3_SECRET_ACCESS_KEY</code> and, if it is
                  not Amazon S3, <code>HEELER_S3_ENDPOINT</code>.
                </span>
              </Notice>
            )}
            {archives.length === 0 ? (
              <Empty title="No archives found" actions={configured ? create : undefined}>
                Logs are stored until the retention of their index ends. An archive keeps them for longer.
              </Empty>
            ) : (
              <StoredList
                label="Archives"
                items={archives}
                itemKey={(one) => one.id}
                itemName={(one) => one.attributes.name}
                order={order}
                may={may}
                render={(one) => (
                  <ArchiveRow
                    archive={one}
                    mayDelete={may}
                    onEdit={() => setEditing(one)}
                    onDelete={() => setDeleting(one)}
                  />
                )}
              />
            )}
          </>
        )}
      </Async>
      {editing && (
        <ArchiveDialog
          archive={editing === "new" ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      )}
      {deleting && (
        <Confirm
          title={`Delete the archive ${deleting.attributes.name}?`}
          action="Delete"
          busy={remove.isPending}
          onClose={() => setDeleting(undefined)}
          onConfirm={() => remove.mutate(deleting.id, { onSuccess: () => setDeleting(undefined) })}
        >
          Its files stay in the bucket. Logs that wait to be written are removed.
        </Confirm>
      )}
    </Page>
  );
}

interface ArchiveRowProps {
  archive: Archive;
  mayDelete: boolean;
  onEdit: () => void;
  onDelete: () => void;
}

function ArchiveRow({ archive, mayDelete, onEdit, onDelete }: ArchiveRowProps) {
  const { name, query, destination } = archive.attributes;
  return (
    <>
      <div className={css.row}>
        <button type="button" className={css.title} onClick={onEdit}>
          {name}
        </button>
        <span className={`${css.query} ${css.grow}`}>{query || "*"}</span>
        <ArchiveState archive={archive} />
        <span className="muted num">
          {archive.written ? `Last file ${formatMoment(Date.parse(archive.written))}` : "No file yet"}
        </span>
        <IconButton icon="trash" label={`Delete ${name}`} disabled={!mayDelete} onClick={onDelete} />
      </div>
      <div className={css.query}>
        {["s3:/", destination.bucket, destination.path?.replace(/^\/+|\/+$/g, "")].filter(Boolean).join("/")}
      </div>
      {archive.error && <Notice state="alert">{archive.error}</Notice>}
    </>
  );
}

function ArchiveState({ archive }: { archive: Archive }) {
  const { state } = archive.attributes;
  if (state === "WORKING") return <Status state="ok">Working</Status>;
  if (state === "FAILING") return <Status state="alert">Failing</Status>;
  return <Status state="nodata">Not written yet</Status>;
}

const COMPRESSIONS = [
  { value: "GZIP", label: "gzip" },
  { value: "ZSTD", label: "Zstandard" },
] as const;
const CLASSES = ["STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"].map(
  (value) => ({ value, label: value }),
);
const ENCRYPTIONS = [
  { value: "NO_OVERRIDE", label: "As the bucket does" },
  { value: "SSE_S3", label: "Key of the store (SSE-S3)" },
  { value: "SSE_KMS", label: "Key of a key service (SSE-KMS)" },
] as const;

function ArchiveDialog({ archive, onClose }: { archive: Archive | undefined; onClose: () => void }) {
  const old = archive?.attributes;
  const [name, setName] = useState(old?.name ?? "");
  const [filter, setFilter] = useState(old?.query ?? "");
  const [fields, setFields] = useState(() => fieldsOf(old?.destination));
  const set = (change: Partial<DestinationFields>) => setFields({ ...fields, ...change });
  const { bucket, path, storageClass, encryption, key } = fields;
  const [compression, setCompression] = useState(old?.compression_method ?? "GZIP");
  const [includeTags, setIncludeTags] = useState(old?.include_tags ?? true);
  const [tags, setTags] = useState<string[]>(old?.rehydration_tags ?? []);
  const [limit, setLimit] = useState(
    old?.rehydration_max_scan_size_in_gb ? String(old.rehydration_max_scan_size_in_gb) : "",
  );
  const save = useConfigChange(saveArchive, "Archive saved");
  const scan = scanLimit(limit);
  const keyMissing = encryption === "SSE_KMS" && key.trim() === "";
  const attributes: ArchiveAttributes = {
    name,
    query: filter || "*",
    destination: destinationOf(old?.destination, fields),
    include_tags: includeTags,
    compression_method: compression,
    rehydration_tags: tags,
    ...(scan && { rehydration_max_scan_size_in_gb: scan }),
  };
  const footer = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button
        kind="primary"
        needs={WRITE}
        disabled={!name || !bucket || scan === null || keyMissing || save.isPending}
        onClick={() => save.mutate({ id: archive?.id, attributes }, { onSuccess: onClose })}
      >
        Save
      </Button>
    </>
  );
  return (
    <Dialog
      title={archive ? `Archive ${old?.name}` : "New archive"}
      open
      onClose={onClose}
      footer={footer}
      width={760}
    >
      <div className={css.form}>
        <Field label="Name">
          <Input value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <div>
          <span className={css.label}>Filter</span>
          <FilterField label="Filter" value={filter} onChange={setFilter} />
        </div>
        <div className={css.trio}>
          <Field label="Bucket">
            <Input
              className={css.code}
              value={bucket}
              onChange={(event) => set({ bucket: event.target.value })}
            />
          </Field>
          <Field label="Path" hint="Below it: dt=YYYYMMDD/hour=HH/archive_...">
            <Input
              className={css.code}
              placeholder="logs/web"
              value={path}
              onChange={(event) => set({ path: event.target.value })}
            />
          </Field>
        </div>
        <div className={css.row}>
          <Select label="Compression" value={compression} options={COMPRESSIONS} onChange={setCompression} />
          <Select
            label="Storage class"
            value={storageClass}
            options={CLASSES}
            onChange={(next) => set({ storageClass: next })}
          />
          <Select
            label="Encryption"
            value={encryption}
            options={ENCRYPTIONS}
            onChange={(next) => set({ encryption: next })}
          />
        </div>
        {encryption === "SSE_KMS" && (
          <Field label="Key" hint={keyMissing ? "Required: id or ARN of the key" : "Id or ARN of the key"}>
            <Input className={css.code} value={key} onChange={(event) => set({ key: event.target.value })} />
          </Field>
        )}
        <Checkbox checked={includeTags} onChange={setIncludeTags}>
          Write the tags of logs
        </Checkbox>
        <div className={css.trio}>
          <TagsField tags={tags} onChange={setTags} hint="Added to logs that are rehydrated" />
          <Field
            label="Largest scan (GB)"
            hint="Of a rehydration, empty: no limit"
            error={scan === null ? "A whole number of gigabytes, such as 100, or empty" : undefined}
          >
            <Input inputMode="numeric" value={limit} onChange={(event) => setLimit(event.target.value)} />
          </Field>
        </div>
        {save.error && <Notice state="alert">{save.error.message}</Notice>}
      </div>
    </Dialog>
  );
}
