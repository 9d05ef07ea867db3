/** A search of logs or spans as a field of a form, completed from those of the past hour. */
import { useState } from "react";
import { SearchBar } from "~/explorer/searchBar";

interface FilterFieldProps {
  source?: "logs" | "spans" | "events";
  label: string;
  value: string;
  onChange: (query: string) => void;
  /** What is typed counts at once, not when the field is left. */
  live?: boolean;
}

const HOUR = 3_600_000;

export function FilterField({ source = "logs", label, value, onChange, live }: FilterFieldProps) {
  const [range] = useState(() => ({ from: Date.now() - HOUR, to: Date.now(), live: true }));
  return (
    <SearchBar
      source={source}
      value={value}
      range={range}
      placeholder={`All ${source}`}
      onSearch={onChange}
      label={label}
      live={live}
    />
  );
}
