/** A choice among few; long lists use `Combobox`. */
import css from "./controls.module.css";
import { Icon } from "./icons";
import { Menu, MenuItem } from "./layers";
import { useDenied } from "./permissions";

export interface Option<T extends string> {
  value: T;
  label: string;
}

interface SelectProps<T extends string> {
  label?: string;
  value: T;
  options: readonly Option<T>[];
  /** The permission that it takes to choose. */
  needs?: string;
  onChange: (value: T) => void;
}

export function Select<T extends string>({ label, value, options, needs, onChange }: SelectProps<T>) {
  const denied = useDenied(needs);
  const chosen = options.find((option) => option.value === value);
  return (
    <span className={css.select}>
      {label && <span className={css.selectLabel}>{label}</span>}
      <Menu
        trigger={
          <button
            type="button"
            className={css.selectValue}
            disabled={denied !== undefined}
            title={denied}
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
