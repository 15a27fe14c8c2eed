// Screens and their addresses (`#/form/dra_…`). Leaves to the views what they show. Invariant: every screen has one address,
// and an address that is none leads to the menu.

import type { Screen, WindowLabel } from './bindings';

export function screen_hash(screen: Screen): string {
  switch (screen.screen) {
    case 'form':
      return `#/form/${encodeURIComponent(screen.draft)}`;
    case 'sent':
      return `#/sent/${encodeURIComponent(screen.item)}`;
    case 'inbox':
    case 'requests':
      return screen.request === null
        ? `#/${screen.screen}`
        : `#/${screen.screen}/${encodeURIComponent(screen.request)}`;
    default:
      return `#/${screen.screen}`;
  }
}

/** The screen of an address; without a readable one, the first screen of the window. */
export function hash_screen(hash: string, window: WindowLabel): Screen {
  const first: Screen = window === 'work' ? { screen: 'requests', request: null } : { screen: 'menu' };
  const [name = '', raw = ''] = hash.replace(/^#\/?/, '').split('/');
  const id = decode(raw);
  switch (name) {
    case 'menu':
    case 'choose':
    case 'profile':
    case 'enrol':
    case 'quit':
      return { screen: name };
    case 'form':
      return id === '' ? first : { screen: 'form', draft: id };
    case 'sent':
      return id === '' ? first : { screen: 'sent', item: id };
    case 'inbox':
    case 'requests':
      return { screen: name, request: id === '' ? null : id };
    default:
      return first;
  }
}

export function screen_window(screen: Screen): WindowLabel {
  return ['menu', 'choose', 'profile', 'enrol', 'quit'].includes(screen.screen) ? 'menu' : 'work';
}

function decode(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    return '';
  }
}
