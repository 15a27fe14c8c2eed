// The set of drawings: a 20-px grid, stroke 1.5, round ends, no fill but for dots (`class="f"`). Forms name icons of this set;
// a name it lacks draws a sheet.

export const ICONS = {
  approve: '<path d="M10 2.5 16.5 5v4.5c0 4-2.7 6.8-6.5 8-3.8-1.2-6.5-4-6.5-8V5z"/><path d="m7 9.8 2.2 2.2L13.2 8"/>',
  back: '<path d="M16.5 10h-13M8.5 4.5 3 10l5.5 5.5"/>',
  bag: '<path d="M6.5 6V4.5A1.5 1.5 0 0 1 8 3h4a1.5 1.5 0 0 1 1.5 1.5V6M5 6h10l2.5 4.5V16a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1v-5.5zM10 9v5M7.5 11.5h5"/>',
  calendar: '<path d="M3 5.5A1.5 1.5 0 0 1 4.5 4h11A1.5 1.5 0 0 1 17 5.5v10a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 15.5zM3 8h14M6.5 2.5V5m7-2.5V5"/>',
  check: '<path d="m4 10.5 4 4 8-9"/>',
  circle: '<circle cx="10" cy="10" r="7"/>',
  clip: '<path d="m15.5 9-5.7 5.7a3.5 3.5 0 0 1-5-5l6.5-6.5a2.3 2.3 0 0 1 3.3 3.3l-6.3 6.3a1.1 1.1 0 0 1-1.6-1.6L12 6"/>',
  clock: '<circle cx="10" cy="10" r="7.5"/><path d="M10 5.5V10l3 2"/>',
  close: '<path d="m4.5 4.5 11 11m0-11-11 11"/>',
  cloud: '<path d="M6 15.5a3.5 3.5 0 0 1-.5-7 5 5 0 0 1 9.6 1A3 3 0 0 1 14.5 15.5M10 17v-6M7.5 13l2.5-2.5 2.5 2.5"/>',
  copy: '<path d="M7 7V4.5A1.5 1.5 0 0 1 8.5 3h7A1.5 1.5 0 0 1 17 4.5v7a1.5 1.5 0 0 1-1.5 1.5H13M4.5 7h7A1.5 1.5 0 0 1 13 8.5v7a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 3 15.5v-7A1.5 1.5 0 0 1 4.5 7z"/>',
  down: '<path d="m4.5 7.5 5.5 5.5 5.5-5.5"/>',
  draft: '<path d="M3 17l.9-3.7L13.5 3.7a1.8 1.8 0 0 1 2.6 0l.2.2a1.8 1.8 0 0 1 0 2.6L6.7 16.1zM12 5.2 14.8 8"/>',
  euro: '<path d="M15 5.5A5.5 5.5 0 1 0 15 14.5M3.5 8.5h7m-7 3h6"/>',
  eye: '<path d="M2 10c1.8-3.5 4.6-5.5 8-5.5s6.2 2 8 5.5c-1.8 3.5-4.6 5.5-8 5.5S3.8 13.5 2 10z"/><circle cx="10" cy="10" r="2.5"/>',
  file: '<path d="M5 3.5A1 1 0 0 1 6 2.5h5.5L15.5 6.5v10a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1zM11.5 2.5v4h4"/>',
  folder: '<path d="M2.5 5.5A1 1 0 0 1 3.5 4.5h4l2 2h7a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1z"/>',
  group: '<circle cx="7" cy="6.5" r="2.75"/><circle cx="14" cy="7.5" r="2"/><path d="M1.8 16c.2-2.9 2.2-4.5 5.2-4.5s5 1.6 5.2 4.5M14 12c2.3 0 3.9 1.1 4.2 3.5"/>',
  hand: '<path d="M4 3.5l12 5-5.2 2L8.5 16z"/>',
  image: '<path d="M3 5a1.5 1.5 0 0 1 1.5-1.5h11A1.5 1.5 0 0 1 17 5v10a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 15zm.5 10 4.5-5 3 3 2.5-2.5 3.5 4"/><circle cx="13" cy="7" r="1"/>',
  info: '<circle cx="10" cy="10" r="7.5"/><path d="M10 9.5v4.5"/><circle class="f" cx="10" cy="6.6" r=".95"/>',
  key: '<circle cx="7" cy="13" r="4"/><path d="m10 10 6.5-6.5M13 7l2.5 2.5"/>',
  list: '<path d="M3 6.5A2.5 2.5 0 0 1 5.5 4h9A2.5 2.5 0 0 1 17 6.5v7a2.5 2.5 0 0 1-2.5 2.5h-9A2.5 2.5 0 0 1 3 13.5zM6 8h8M6 12h5"/>',
  lock: '<path d="M4.5 9h11v8.5h-11zM7 9V6.5a3 3 0 0 1 6 0V9M10 12.5v2"/>',
  mail: '<path d="M2.5 5.5h15v10h-15zM3 6l7 5.5L17 6"/>',
  more: '<circle class="f" cx="4.5" cy="10" r="1.4"/><circle class="f" cx="10" cy="10" r="1.4"/><circle class="f" cx="15.5" cy="10" r="1.4"/>',
  note: '<path d="M4 3.5h12v9L11.5 17H4zM16 12.5h-4.5V17M7 7.5h6M7 10.5h4"/>',
  offline: '<path d="M6 15.5a3.5 3.5 0 0 1-.5-7 5 5 0 0 1 9.600 1A3 3 0 0 1 14.5 15.5zM3 3l14 14"/>',
  ok: '<circle cx="10" cy="10" r="7.5"/><path d="m6.5 10.2 2.5 2.5 4.5-5"/>',
  outside: '<path d="M11.5 3.5h5v5M16.5 3.5 9 11M14 11.5v4a1 1 0 0 1-1 1H4.5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1h4"/>',
  paste: '<path d="M7 4H5.5A1.5 1.5 0 0 0 4 5.5v11A1.5 1.5 0 0 0 5.5 18h9a1.5 1.5 0 0 0 1.5-1.5v-11A1.5 1.5 0 0 0 14.5 4H13M7 2.5h6v3H7z"/>',
  person: '<circle cx="10" cy="6.5" r="3.5"/><path d="M3.5 17c.3-3.2 2.9-5 6.5-5s6.2 1.8 6.5 5z"/>',
  phone: '<path d="M6.2 2.8 4.5 3.5C3 4.2 2.6 5.8 3.2 7.6c1.3 4 5 7.8 9.2 9.2 1.8.6 3.4.2 4.1-1.3l.7-1.7-3.5-2.3-1.9 1.6c-1.9-.9-3.4-2.4-4.3-4.3l1.6-1.9z"/>',
  plus: '<path d="M10 4v12M4 10h12"/>',
  power: '<path d="M10 2.5v7M6 4.7a6.5 6.5 0 1 0 8 0"/>',
  printer: '<path d="M5.5 7V3h9v4M5.5 14H3.5A1 1 0 0 1 2.5 13V8.5A1.5 1.5 0 0 1 4 7h12a1.5 1.5 0 0 1 1.5 1.5V13a1 1 0 0 1-1 1h-2M5.5 11.5h9V17h-9z"/>',
  question: '<path d="M3.5 4.5h13v9.5H9l-3.5 3v-3h-2zM8.5 8"/><circle class="f" cx="7" cy="9.3" r=".9"/><circle class="f" cx="10" cy="9.3" r=".9"/><circle class="f" cx="13" cy="9.3" r=".9"/>',
  refresh: '<path d="M16 10a6 6 0 1 1-1.8-4.3L16 7.5M16 3.5v4h-4"/>',
  region: '<path d="M3 6.5V4.5A1.5 1.5 0 0 1 4.5 3h2M13.5 3h2A1.5 1.5 0 0 1 17 4.5v2M17 13.5v2a1.5 1.5 0 0 1-1.5 1.5h-2M6.5 17h-2A1.5 1.5 0 0 1 3 15.5v-2M10 7v6M7 10h6"/>',
  remote: '<path d="M4.5 3.5h11v8.5h-11zM2 15.5h10.5"/><path d="M14.5 11h3v6.5h-3z"/>',
  rename: '<path d="M11 4H4.5A1.5 1.5 0 0 0 3 5.5v9A1.5 1.5 0 0 0 4.5 16H11M14 4h1.5A1.5 1.5 0 0 1 17 5.5v9a1.5 1.5 0 0 1-1.5 1.5H14M12.5 2.5v15M11 2.5h3m-3 15h3M5.5 12.5 7.5 7.5l2 5m-3.3-1.7h2.6"/>',
  reply: '<path d="M3.5 9H11a5 5 0 0 1 5 5v2M3.5 9l4-4m-4 4 4 4"/>',
  right: '<path d="m7.5 4.5 5.5 5.5-5.5 5.5"/>',
  screen: '<path d="M3.5 3.5h13A1 1 0 0 1 17.5 4.5v8a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1zM10 13.5V17M6.5 17h7"/>',
  search: '<circle cx="8.5" cy="8.5" r="5.5"/><path d="m12.6 12.6 4.4 4.4"/>',
  send: '<path d="M3 4l14.5 6L3 16l2-6zM5 10h6"/>',
  stop: '<circle cx="10" cy="10" r="7.5"/><path d="M10 6v5"/><circle class="f" cx="10" cy="13.6" r=".95"/>',
  support: '<circle cx="10" cy="10" r="7.5"/><circle cx="10" cy="10" r="3"/><path d="m4.7 4.7 3.2 3.2m4.2 4.2 3.2 3.2m0-10.6-3.2 3.2m-4.2 4.2-3.2 3.2"/>',
  trash: '<path d="M3 5h14M8 5V3h4v2M5 5l.8 11a1.5 1.5 0 0 0 1.5 1.5h5.4a1.5 1.5 0 0 0 1.5-1.5L15 5M8.5 8.5v5.5m3-5.5v5.5"/>',
  undo: '<path d="M4 8h8.5a4.5 4.5 0 0 1 0 9H8M4 8l4-4M4 8l4 4"/>',
  'user-add': '<circle cx="8" cy="6" r="3.25"/><path d="M2.5 16.5c0-3 2.3-5 5.5-5 .9 0 1.7.2 2.4.4M14.5 11.5v6m-3-3h6"/>',
  'user-back': '<circle cx="8" cy="6" r="3.25"/><path d="M2.5 16.5c0-3 2.3-5 5.5-5 .9 0 1.7.2 2.4.4m1.1 2.9 2 2 3.5-4"/>',
  'user-delete': '<circle cx="8" cy="6" r="3.25"/><path d="M2.5 16.5c0-3 2.3-5 5.5-5 .9 0 1.7.2 2.4.4M12.3 12.3l4.4 4.4m0-4.4-4.4 4.4"/>',
  'user-edit': '<circle cx="8" cy="6" r="3.25"/><path d="M2.5 16.5c0-3 2.3-5 5.5-5 .8 0 1.5.1 2.1.3M11 17.5l.5-2.5 4.7-4.7a1.3 1.3 0 0 1 1.9 1.9L13.5 17z"/>',
  'user-pause': '<circle cx="8" cy="6" r="3.25"/><path d="M2.5 16.5c0-3 2.3-5 5.5-5 .9 0 1.7.2 2.4.4M13 12v5m3.5-5v5"/>',
  warn: '<path d="M10 3 18 16.5H2zM10 8v4"/><circle class="f" cx="10" cy="14.2" r=".9"/>',
  window: '<path d="M3 5a1.5 1.5 0 0 1 1.5-1.5h11A1.5 1.5 0 0 1 17 5v10a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 15zM3 7.5h14"/>',} as const;

export type IconName = keyof typeof ICONS;

/** Other names of the same drawings, as forms may use them. */
const OTHER_NAMES: Record<string, IconName> = {
  'user-remove': 'user-delete',
  'user-del': 'user-delete',
  'user-rename': 'rename',
  'user-resume': 'user-back',
  'user-reactivate': 'user-back',
  'user-suspend': 'user-pause',
  'remote-access': 'remote',
  vpn: 'remote',
  user: 'person',
  password: 'key',
};

export function icon_of(name: string): IconName {
  if (Object.hasOwn(ICONS, name)) return name as IconName;
  return OTHER_NAMES[name] ?? 'file';
}
