/** Tags as chips, with the known ones offered for the one that is being written. */
import { Combobox } from "@base-ui/react/combobox";
import { useState } from "react";
import { Icon } from "./icons";
import css from "./layers.module.css";

interface Props {
  label: string;
  values: readonly string[];
  options: readonly string[];
  onChange: (values: string[]) => void;
  /** Shown while there is no tag. */
  placeholder?: string;
  /** Whether a text that is none of the options may be taken. */
  accepts?: (text: string) => boolean;
  /** Whether any text that may be taken is, when the field is left: of names that need not be among the options. */
  keeps?: boolean;
  /** At most this many matches are drawn; typing narrows them. */
  limit?: number;
}

const ANY = () => true;

/** Enter and a comma take what is written; Backspace in an empty field removes the last tag. */
export function TagsCombobox({
  label,
  values,
  options,
  onChange,
  placeholder,
  accepts = ANY,
  keeps = false,
  limit = 100,
}: Props) {
  const [text, setText] = useState("");
  const offered = offeredTags(options, values, text, accepts);
  const take = (tag: string) => {
    setText("");
    if (!values.includes(tag)) onChange([...values, tag]);
  };
  const written = text.trim();
  return (
    <Combobox.Root
      multiple
      items={offered}
      value={values as string[]}
      onValueChange={(next) => {
        setText("");
        onChange(next);
      }}
      inputValue={text}
      onInputValueChange={setText}
      limit={limit}
      autoHighlight
    >
      <Combobox.Chips className={css.chips}>
        {values.map((value) => (
          <Combobox.Chip key={value} className={css.chip} aria-label={value}>
            <span className="truncate">{value}</span>
            <Combobox.ChipRemove className={css.chipRemove} aria-label={`Remove ${value}`}>
              <Icon name="close" size={12} />
            </Combobox.ChipRemove>
          </Combobox.Chip>
        ))}
        <Combobox.Input
          className={css.chipInput}
          aria-label={label}
          placeholder={values.length ? "" : placeholder}
          onKeyDown={(event) => {
            if (event.key !== "," || !written || !accepts(written)) return;
            event.preventDefault();
            take(written);
          }}
          onBlur={() => {
            // A word that is no tag yet is not queried; one that is, is not lost.
            if (!written) return;
            if (options.includes(written) || (accepts(written) && (keeps || written.includes(":"))))
              take(written);
          }}
        />
      </Combobox.Chips>
      <Combobox.Portal>
        <Combobox.Positioner className={css.positioner} sideOffset={4} align="start">
          <Combobox.Popup className={css.popup}>
            <Combobox.Empty className={css.comboEmpty}>Nothing matches</Combobox.Empty>
            <Combobox.List className={css.comboList}>
              {(option: string) => (
                <Combobox.Item key={option} value={option} className={css.item}>
                  {option}
                </Combobox.Item>
              )}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}

/**
 * What Enter may take, best first: the option that is written in full, the others, what is written where it may be
 * taken as it is. Those chosen are last, since Enter would remove one.
 */
export function offeredTags(
  options: readonly string[],
  values: readonly string[],
  text: string,
  accepts: (text: string) => boolean = ANY,
): string[] {
  const written = text.trim();
  const free = [...new Set(options)].filter((one) => !values.includes(one) && one !== written);
  if (!written || values.includes(written)) return [...free, ...values];
  if (options.includes(written)) return [written, ...free, ...values];
  return accepts(written) ? [...free, written, ...values] : [...free, ...values];
}
