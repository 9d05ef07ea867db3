/** All icons of the product: strokes on a 16 px grid, in the color of the text beside them. */

const PATHS = {
  search: '<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/>',
  dashboard:
    '<rect x="2" y="2" width="5" height="6" rx="1"/><rect x="9" y="2" width="5" height="3" rx="1"/><rect x="2" y="10" width="5" height="4" rx="1"/><rect x="9" y="7" width="5" height="7" rx="1"/>',
  metrics: '<path d="M2 2v12h12"/><path d="m4.5 10 3-4 2.5 2.5L14 4"/>',
  host: '<path d="m8 1.5 5.6 3.2v6.6L8 14.5l-5.6-3.2V4.7z"/>',
  bell: '<path d="M4 11V7a4 4 0 0 1 8 0v4l1.5 1.5h-11z"/><path d="M6.7 14.2h2.6"/>',
  apm: '<circle cx="3.5" cy="8" r="1.8"/><circle cx="12.5" cy="3.5" r="1.8"/><circle cx="12.5" cy="12.5" r="1.8"/><path d="m5.2 7.1 5.7-2.8M5.2 8.9l5.7 2.8"/>',
  logs: '<path d="M2.5 3.5h11M2.5 6.5h8M2.5 9.5h11M2.5 12.5h6"/>',
  events: '<path d="M9 1.5 3.5 9H8l-1 5.5L12.5 7H8z"/>',
  plug: '<path d="M6 2v3M10 2v3M4.5 5h7v3a3.5 3.5 0 0 1-7 0zM8 11.5V14"/>',
  settings:
    '<circle cx="8" cy="8" r="2.2"/><path d="M8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6 5 5M11 11l1.4 1.4M3.6 12.4 5 11M11 5l1.4-1.4"/>',
  star: '<path d="m8 2 1.8 3.8 4.2.6-3 2.9.7 4.2L8 11.5l-3.7 2 .7-4.2-3-2.9 4.2-.6z"/>',
  left: '<path d="m10 4-4 4 4 4"/>',
  right: '<path d="m6 4 4 4-4 4"/>',
  down: '<path d="m4 6 4 4 4-4"/>',
  up: '<path d="m4 10 4-4 4 4"/>',
  pause: '<path d="M5.5 3.5v9M10.5 3.5v9"/>',
  play: '<path d="M5 3.5v9l7-4.5z"/>',
  zoomOut: '<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5M5 7h4"/>',
  refresh: '<path d="M13 8a5 5 0 1 1-1.5-3.5L13 6M13 2.5V6H9.5"/>',
  share: '<path d="M8 9.5V2M5 4.5 8 1.8l3 2.7M3 8.5V14h10V8.5"/>',
  edit: '<path d="m3 13 .6-3L11 2.6l2.4 2.4L6 12.4z"/>',
  plus: '<path d="M8 3v10M3 8h10"/>',
  minus: '<path d="M3 8h10"/>',
  close: '<path d="m4 4 8 8M12 4l-8 8"/>',
  check: '<path d="m3 8.5 3.5 3.5L13 4.5"/>',
  copy: '<rect x="5.5" y="5.5" width="8" height="8.5" rx="1.2"/><path d="M10.5 5.5V3.2A1.2 1.2 0 0 0 9.3 2H3.7a1.2 1.2 0 0 0-1.2 1.2v6.6A1.2 1.2 0 0 0 3.7 11h1.8"/>',
  trash: '<path d="M2.5 4h11M6 4V2.5h4V4M4 4l.7 9.5h6.6L12 4M6.7 6.5v4.5M9.3 6.5v4.5"/>',
  more: '<circle cx="8" cy="3.5" r=".6"/><circle cx="8" cy="8" r=".6"/><circle cx="8" cy="12.5" r=".6"/>',
  tv: '<rect x="2" y="3" width="12" height="8" rx="1"/><path d="M6 14h4"/>',
  help: '<circle cx="8" cy="8" r="6"/><path d="M6.3 6.3a1.8 1.8 0 1 1 2.5 1.7c-.6.3-.8.7-.8 1.3M8 11.4v.1"/>',
  moon: '<path d="M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z"/>',
  sun: '<circle cx="8" cy="8" r="3"/><path d="M8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M3.4 12.6l1.1-1.1M11.5 4.5l1.1-1.1"/>',
  user: '<circle cx="8" cy="5.5" r="2.7"/><path d="M2.8 14c.6-2.8 2.6-4.3 5.2-4.3s4.6 1.5 5.2 4.3"/>',
  logout: '<path d="M6 2.5H3v11h3M10.5 5l3 3-3 3M13.5 8H6.5"/>',
  menu: '<path d="M2.5 4h11M2.5 8h11M2.5 12h11"/>',
  filter: '<path d="M2 3h12L9.5 8.5V13l-3-1.5v-3z"/>',
  expand: '<path d="M9.5 2.5h4v4M13.5 2.5l-5 5M6.5 13.5h-4v-4M2.5 13.5l5-5"/>',
  external: '<path d="M9 2.5h4.5V7M13.5 2.5 7.5 8.5M11.5 9v4.5h-9v-9H7"/>',
  clock: '<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.5 1.5"/>',
  key: '<circle cx="5" cy="11" r="2.7"/><path d="m7 9 6-6M10.5 5.5l2 2M12 4l1.5 1.5"/>',
  info: '<circle cx="8" cy="8" r="6"/><path d="M8 7.3V11M8 5v.1"/>',
  eye: '<path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8z"/><circle cx="8" cy="8" r="2"/>',
  eyeOff:
    '<path d="M2 2l12 12M6.3 3.8A6.3 6.3 0 0 1 8 3.5C12 3.5 14.5 8 14.5 8a12 12 0 0 1-2.3 2.8M4 5A11 11 0 0 0 1.5 8S4 12.5 8 12.5a6.3 6.3 0 0 0 2.7-.6"/>',
  drag: '<circle cx="6" cy="4" r=".6"/><circle cx="10" cy="4" r=".6"/><circle cx="6" cy="8" r=".6"/><circle cx="10" cy="8" r=".6"/><circle cx="6" cy="12" r=".6"/><circle cx="10" cy="12" r=".6"/>',
  table: '<rect x="2" y="3" width="12" height="10" rx="1"/><path d="M2 6.5h12M2 9.8h12M6.5 6.5V13"/>',
  list: '<path d="M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.1M2.5 8h.1M2.5 12h.1"/>',
  code: '<path d="m5.5 4.5-3.5 3.5 3.5 3.5M10.5 4.5 14 8l-3.5 3.5"/>',
  download: '<path d="M8 2v8M5 7.5 8 10.5l3-3M2.5 13.5h11"/>',
  mute: '<path d="M2 2l12 12M5 4.3A4 4 0 0 1 12 7v2.5M4 8v3l-1.5 1.5H12M6.7 14.2h2.6"/>',
  calendar: '<rect x="2" y="3.5" width="12" height="10.5" rx="1"/><path d="M2 7h12M5.5 2v3M10.5 2v3"/>',
  mail: '<rect x="2" y="3.5" width="12" height="9" rx="1"/><path d="m2.5 4.5 5.5 4.5 5.5-4.5"/>',
  lightning: '<path d="M9 1.5 3.5 9H8l-1 5.5L12.5 7H8z"/>',
  target: '<circle cx="8" cy="8" r="6"/><circle cx="8" cy="8" r="2.5"/>',
  notebook: '<path d="M3 2h7l3 3v9H3z"/><path d="M10 2v3h3M5.5 8h5M5.5 11h5"/>',
  rocket:
    '<path d="M6 10 4.5 8.5C5 5 8 2 13.5 2.5 14 8 11 11 7.5 11.5z"/><path d="M4.5 8.5 2 9l2-3h2M7.5 11.5 7 14l3-2v-2M10 6v.1M3 13l1.5-1.5"/>',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth={1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      style={{ flex: "none" }}
      // biome-ignore lint/security/noDangerouslySetInnerHtml: the paths above are constants
      dangerouslySetInnerHTML={{ __html: PATHS[name] }}
    />
  );
}

export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} fill="none" aria-hidden="true">
      <path
        d="M6 3v6.3L4 13l2.2 5 3.8 2.5h4L17.8 18l2.2-5-2-3.7V3l-4.2 3.5h-3.6z"
        stroke="var(--logo)"
        strokeWidth="2"
        strokeLinejoin="round"
      />
      <circle cx="9.2" cy="12" r="1.4" fill="var(--logo-eye)" />
      <circle cx="14.8" cy="12" r="1.4" fill="var(--logo-eye)" />
      <path d="M10.3 16.2h3.4L12 18z" fill="var(--logo)" />
    </svg>
  );
}
