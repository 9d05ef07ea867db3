/** A list of the monitor settings: what it is for, its items, and a button to add one. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Async, Button, type Column, DataTable } from "~/ui";

interface Props<Row> {
  label: string;
  hint: ReactNode;
  add: string;
  needs: string;
  query: UseQueryResult<Row[]>;
  columns: Column<Row>[];
  /** Shown in place of the table where there are none. */
  empty: ReactNode;
  onEdit: (edited: Row | "new") => void;
}

export function ItemList<Row extends { id: string }>(props: Props<Row>) {
  const { label, hint, add, needs, query, columns, empty, onEdit } = props;
  return (
    <>
      <div style={{ display: "flex", justifyContent: "space-between", gap: "var(--s-4)", flexWrap: "wrap" }}>
        <p className="muted" style={{ margin: 0 }}>
          {hint}
        </p>
        <Button kind="primary" icon="plus" needs={needs} onClick={() => onEdit("new")}>
          {add}
        </Button>
      </div>
      <Async query={query}>
        {(rows) =>
          rows.length === 0 ? (
            empty
          ) : (
            <DataTable label={label} rows={rows} columns={columns} rowKey={(row) => row.id} onRow={onEdit} />
          )
        }
      </Async>
    </>
  );
}
