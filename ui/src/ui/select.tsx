/** A choice among few; long lists use `Combobox`. */
import css from "./controls.module.css";
import { Icon } from "./icons";
import { Menu, MenuItem } from "./layers";

export interface Option<T extends string> {
  value: T;
  label: string;
}

interface SelectProps<T extends string> {
  label?: string;
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
}

export function Select<T extends string>({ label, value, options, onChange }: SelectProps<T>) {
  const chosen = options.find((option) => option.value === value);
  return (
    <span className={css.select}>
      {label && <span className={css.selectLabel}>{label}</span>}
      <Menu
        trigger={
          <button
            type="button"
            className={css.selectValue}
            aria-label={label ? `${label}: ${chosen?.label ?? value}` : undefined}
          >
            <span>{chosen?.label ?? value}</span>
            <Icon name="down" size={14} />
          </button>
        }
      >
        {options.map((option) => (
          <MenuItem
            key={option.value}
            checked={option.value === value}
            onSelect={() => onChange(option.value)}
          >
            {option.label}
          </MenuItem>
        ))}
      </Menu>
    </span>
  );
}
