/** Floating layers on Base UI: menu, popover, dialog, drawer, tooltip, tabs, combobox. */
import { Combobox as BaseCombobox } from "@base-ui/react/combobox";
import { Dialog as BaseDialog } from "@base-ui/react/dialog";
import { Menu as BaseMenu } from "@base-ui/react/menu";
import { Popover as BasePopover } from "@base-ui/react/popover";
import { Tabs as BaseTabs } from "@base-ui/react/tabs";
import { Tooltip as BaseTooltip } from "@base-ui/react/tooltip";
import {
  type CSSProperties,
  type FocusEvent,
  type KeyboardEvent,
  type MouseEvent,
  type ReactElement,
  type ReactNode,
  useEffect,
  useRef,
  useState,
} from "react";
import { Button, IconButton, Input } from "./controls";
import { Icon, type IconName } from "./icons";
import css from "./layers.module.css";
import { useDenied } from "./permissions";

interface MenuProps {
  trigger: ReactElement;
  children: ReactNode;
  align?: "start" | "end";
  /** In columns: for long menus of sections. */
  wide?: boolean;
}

export function Menu({ trigger, children, align = "start", wide }: MenuProps) {
  return (
    <BaseMenu.Root>
      <BaseMenu.Trigger render={trigger} />
      <BaseMenu.Portal>
        <BaseMenu.Positioner className={css.positioner} sideOffset={4} align={align}>
          <BaseMenu.Popup className={css.popup} data-wide={wide || undefined}>
            {children}
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  );
}

/** Items of a menu under a heading. */
export function MenuGroup({ label, children }: { label: string; children: ReactNode }) {
  return (
    <BaseMenu.Group className={css.menuGroup}>
      <BaseMenu.GroupLabel className={css.menuLabel}>{label}</BaseMenu.GroupLabel>
      {children}
    </BaseMenu.Group>
  );
}

interface MenuItemProps {
  children: ReactNode;
  onSelect: () => void;
  icon?: IconName;
  checked?: boolean;
  danger?: boolean;
  disabled?: boolean;
  /** The permission that it takes: without it the item is disabled and says why. */
  needs?: string;
  shortcut?: string;
}

export function MenuItem(props: MenuItemProps) {
  const { children, onSelect, icon, checked, danger, disabled, needs, shortcut } = props;
  const denied = useDenied(needs);
  return (
    <BaseMenu.Item
      className={css.item}
      onClick={onSelect}
      disabled={disabled || denied !== undefined}
      title={denied}
      data-checked={checked || undefined}
      data-danger={danger || undefined}
    >
      {icon && <Icon name={icon} />}
      {children}
      {(checked || shortcut) && (
        <span className={css.end}>{shortcut ? <kbd>{shortcut}</kbd> : <Icon name="check" size={14} />}</span>
      )}
    </BaseMenu.Item>
  );
}

export function MenuSeparator() {
  return <div className={css.separator} role="separator" />;
}

interface PopoverProps {
  trigger: ReactElement;
  children: ReactNode;
  align?: "start" | "center" | "end";
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  label: string;
}

export function Popover({ trigger, children, align = "start", open, onOpenChange, label }: PopoverProps) {
  return (
    <BasePopover.Root open={open} onOpenChange={(next) => onOpenChange?.(next)}>
      <BasePopover.Trigger render={trigger} />
      <BasePopover.Portal>
        <BasePopover.Positioner className={css.positioner} sideOffset={4} align={align}>
          <BasePopover.Popup className={css.popup} aria-label={label}>
            {children}
          </BasePopover.Popup>
        </BasePopover.Positioner>
      </BasePopover.Portal>
    </BasePopover.Root>
  );
}

/** A dialog that its page takes away instead of closing gives the focus back all the same. */
function useFocusBack() {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      setTimeout(() => {
        const lost = document.activeElement === document.body || document.activeElement === null;
        if (lost && before instanceof HTMLElement && before.isConnected) before.focus();
      });
    },
    [before],
  );
}

interface DialogProps {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  width?: number;
  /** A selector of what has the focus first; else the first control of the body, or of the footer. */
  first?: string;
  /** False where Enter in a field has a use of its own: it is then not the main button. */
  submits?: boolean;
}

const FOCUSABLE =
  ":is(input, textarea, select, button, a[href], [contenteditable=true]):not(:disabled, [tabindex='-1'])";

/** What has the focus as a dialog opens: never the cross that closes it, if there is anything else. */
function firstOf(popup: HTMLElement | null, wanted: string | undefined): HTMLElement | boolean {
  const given = wanted ? popup?.querySelector<HTMLElement>(wanted) : undefined;
  if (given) return given;
  const active = document.activeElement;
  if (popup?.contains(active) && active !== popup) return false;
  const inside = (part: string) => popup?.querySelector<HTMLElement>(`:scope > ${part} ${FOCUSABLE}`);
  return inside("div") ?? inside("footer") ?? true;
}

const ONE_LINE =
  "input:is(:not([type]), [type=text], [type=email], [type=password], [type=number], [type=url])";

/** Enter in a field of one line does what the main button does, unless the field itself has a use for it. */
function submitOnEnter(event: KeyboardEvent<HTMLDivElement>) {
  const field = event.target as HTMLElement;
  if (event.key !== "Enter" || event.defaultPrevented || event.nativeEvent.isComposing) return;
  // React hands up keys of what is drawn elsewhere too: of a popover or of another dialog on top of this one.
  if (!event.currentTarget.contains(field)) return;
  if (!field.matches(ONE_LINE) || field.matches("form *, [list], [role=combobox]")) return;
  const main = event.currentTarget.querySelector<HTMLButtonElement>(":scope > footer [data-main]");
  if (!main || main.disabled) return;
  event.preventDefault();
  main.click();
}

export function Dialog(props: DialogProps) {
  const { title, open, onClose, children, footer, width, first, submits = true } = props;
  useFocusBack();
  const popup = useRef<HTMLDivElement>(null);
  const style = width ? ({ "--dialog-width": `${width}px` } as CSSProperties) : undefined;
  return (
    <BaseDialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className={css.backdrop} />
        <BaseDialog.Popup
          ref={popup}
          className={css.dialog}
          style={style}
          initialFocus={(how) => (how === "touch" ? true : firstOf(popup.current, first))}
          onKeyDown={submits ? submitOnEnter : undefined}
        >
          <header>
            <BaseDialog.Title>{title}</BaseDialog.Title>
            <BaseDialog.Close render={<IconButton icon="close" label="Close" />} />
          </header>
          <div>{children}</div>
          {footer && <footer>{footer}</footer>}
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}

interface ConfirmProps {
  title: string;
  /** What will happen, and what cannot be undone. */
  children: ReactNode;
  /** The verb on the button. */
  action: string;
  busy?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ title, children, action, busy, onConfirm, onClose }: ConfirmProps) {
  const footer = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="danger" disabled={busy} onClick={onConfirm}>
        {action}
      </Button>
    </>
  );
  return (
    <Dialog title={title} open onClose={onClose} footer={footer} width={440}>
      {children}
    </Dialog>
  );
}

interface DrawerProps extends Omit<DialogProps, "footer" | "title"> {
  title: ReactNode;
}

/** A side panel over the page; the page behind stays usable. */
export function Drawer({ title, open, onClose, children, width }: DrawerProps) {
  const style = width ? ({ "--drawer-width": `${width}px` } as CSSProperties) : undefined;
  return (
    <BaseDialog.Root
      open={open}
      modal={false}
      disablePointerDismissal
      onOpenChange={(next) => !next && onClose()}
    >
      <BaseDialog.Portal>
        <BaseDialog.Popup className={css.drawer} style={style}>
          <header>
            <BaseDialog.Title>{title}</BaseDialog.Title>
            <BaseDialog.Close render={<IconButton icon="close" label="Close" />} />
          </header>
          <div>{children}</div>
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}

export function Tooltip({ content, children }: { content: ReactNode; children: ReactElement }) {
  return (
    <BaseTooltip.Root>
      <BaseTooltip.Trigger render={children} />
      <BaseTooltip.Portal>
        <BaseTooltip.Positioner className={css.positioner} sideOffset={6}>
          <BaseTooltip.Popup className={css.tooltip}>{content}</BaseTooltip.Popup>
        </BaseTooltip.Positioner>
      </BaseTooltip.Portal>
    </BaseTooltip.Root>
  );
}

export interface TabItem {
  value: string;
  label: ReactNode;
  content: ReactNode;
}

interface TabsProps {
  items: readonly TabItem[];
  value?: string;
  onChange?: (value: string) => void;
}

export function Tabs({ items, value, onChange }: TabsProps) {
  return (
    <BaseTabs.Root
      value={value}
      defaultValue={value === undefined ? items[0]?.value : undefined}
      onValueChange={(next) => onChange?.(String(next))}
    >
      <BaseTabs.List className={css.tabs}>
        {items.map((item) => (
          <BaseTabs.Tab key={item.value} value={item.value} className={css.tab}>
            {item.label}
          </BaseTabs.Tab>
        ))}
      </BaseTabs.List>
      {items.map((item) => (
        <BaseTabs.Panel key={item.value} value={item.value} className={css.panel}>
          {item.content}
        </BaseTabs.Panel>
      ))}
    </BaseTabs.Root>
  );
}

interface ComboboxProps {
  label: string;
  value: string | null;
  options: readonly string[];
  onChange: (value: string | null) => void;
  placeholder?: string;
  /** At most this many matches are drawn; typing narrows them. */
  limit?: number;
}

/** What is typed into the field replaces what stands there: its text is selected as it gets the focus. */
function useSelectedOnFocus() {
  const begins = useRef(false);
  return {
    onFocus: (event: FocusEvent<HTMLInputElement>) => event.currentTarget.select(),
    onMouseDown: (event: MouseEvent<HTMLInputElement>) => {
      begins.current = document.activeElement !== event.currentTarget || isWhole(event.currentTarget);
    },
    // The browser puts the cursor where the click was, after this event; dragging selects on purpose.
    onMouseUp: (event: MouseEvent<HTMLInputElement>) => {
      const field = event.currentTarget;
      if (begins.current && (isWhole(field) || field.selectionStart === field.selectionEnd)) {
        requestAnimationFrame(() => field.select());
      }
    },
  };
}

const isWhole = (field: HTMLInputElement) =>
  field.selectionStart === 0 && field.selectionEnd === field.value.length;

/** A choice among many, with typing. */
export function Combobox({ label, value, options, onChange, placeholder, limit = 100 }: ComboboxProps) {
  const selected = useSelectedOnFocus();
  return (
    <BaseCombobox.Root items={options} value={value} onValueChange={onChange} limit={limit} autoHighlight>
      <span className={css.combo}>
        <BaseCombobox.Input
          render={<Input aria-label={label} placeholder={placeholder ?? label} {...selected} />}
        />
        <Icon name="down" size={14} />
      </span>
      <BaseCombobox.Portal>
        <BaseCombobox.Positioner className={css.positioner} sideOffset={4} align="start">
          <BaseCombobox.Popup className={css.popup}>
            <BaseCombobox.Empty className={css.comboEmpty}>Nothing matches</BaseCombobox.Empty>
            <BaseCombobox.List className={css.comboList}>
              {(option: string) => (
                <BaseCombobox.Item key={option} value={option} className={css.item}>
                  {option}
                </BaseCombobox.Item>
              )}
            </BaseCombobox.List>
          </BaseCombobox.Popup>
        </BaseCombobox.Positioner>
      </BaseCombobox.Portal>
    </BaseCombobox.Root>
  );
}
