/** A search of logs as a field of a form, completed from the logs of the past hour. */
import { useState } from "react";
import { SearchBar } from "~/explorer/searchBar";

interface FilterFieldProps {
  label: string;
  value: string;
  onChange: (query: string) => void;
}

const HOUR = 3_600_000;

export function FilterField({ label, value, onChange }: FilterFieldProps) {
  const [range] = useState(() => ({ from: Date.now() - HOUR, to: Date.now(), live: true }));
  return (
    <SearchBar
      source="logs"
      value={value}
      range={range}
      placeholder="All logs"
      onSearch={onChange}
      label={label}
    />
  );
}
