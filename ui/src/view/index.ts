// The screens and the parts of the program they come in: the menu window's small ones together, each of the work window's by
// itself, so that no screen waits for another.

import type { Component } from 'svelte';
import type { Screen } from '../bindings';

type Name = Screen['screen'];
/** Each takes what its screen names (`draft`, `item`, `request`). */
export type View = Component<Record<string, unknown>>;

const LOADERS: Record<Name, () => Promise<unknown>> = {
  menu: async () => (await import('./menu_window')).Menu,
  choose: async () => (await import('./menu_window')).Choose,
  profile: async () => (await import('./menu_window')).Profile,
  enrol: async () => (await import('./menu_window')).Enrol,
  quit: async () => (await import('./menu_window')).Quit,
  form: async () => (await import('./form/Form.svelte')).default,
  sent: async () => (await import('./sent/Sent.svelte')).default,
  inbox: async () => (await import('./inbox/Inbox.svelte')).default,
  requests: async () => (await import('./requests/Requests.svelte')).default,
};

export const load_view = async (name: Name): Promise<View> => (await LOADERS[name]()) as View;
