/** What the form of an archive makes of what is written in it. Pure. */
import type { ArchiveAttributes } from "./archivesApi";

type Destination = ArchiveAttributes["destination"];
export type EncryptionType = NonNullable<Destination["encryption"]>["type"];

export interface DestinationFields {
  bucket: string;
  path: string;
  storageClass: string;
  encryption: EncryptionType;
  /** Of the key service; of no effect with another encryption than SSE-KMS. */
  key: string;
}

const DEFAULT_CLASS = "STANDARD";
/** What the API requires of destinations; credentials are settings of the server. */
const INTEGRATION = { access_key_id: "server" };

/** The fields of a stored destination, or those that a new one starts with. */
export function fieldsOf(stored: Destination | undefined): DestinationFields {
  return {
    bucket: stored?.bucket ?? "",
    path: stored?.path ?? "",
    storageClass: stored?.storage_class ?? DEFAULT_CLASS,
    encryption: stored?.encryption?.type ?? "NO_OVERRIDE",
    key: stored?.encryption?.key ?? "",
  };
}

/** The destination as the fields say; what they leave as it was, and what they do not show, stays as it is stored. */
export function destinationOf(stored: Destination | undefined, fields: DestinationFields): Destination {
  const before = fieldsOf(stored);
  const { bucket, path, storageClass, encryption } = fields;
  const key = fields.key.trim();
  const made: Destination = { type: "s3", integration: INTEGRATION, ...stored, bucket };
  if (path !== before.path) made.path = path;
  if (storageClass !== before.storageClass) {
    made.storage_class = storageClass === DEFAULT_CLASS ? undefined : storageClass;
  }
  if (encryption === "SSE_KMS") {
    if (encryption !== before.encryption || key !== before.key) made.encryption = { type: encryption, key };
  } else if (encryption !== before.encryption) {
    made.encryption = encryption === "NO_OVERRIDE" ? undefined : { type: encryption };
  }
  return made;
}

const MOST_GB = 2 ** 31 - 1;

/** Gigabytes that a rehydration may scan: undefined for an empty text, null for what is no such number. */
export function scanLimit(text: string): number | undefined | null {
  const plain = text.trim();
  if (plain === "") return undefined;
  const limit = /^\d+$/.test(plain) ? Number(plain) : 0;
  return limit > 0 && limit <= MOST_GB ? limit : null;
}
