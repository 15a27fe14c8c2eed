// Mounts the whole page on the made-up desktop, for tests.

import { flushSync, mount, unmount } from 'svelte';
import { App } from './app.svelte';
import { FAKE_NOW, FakeHost, type FakeSetting } from './host/fake';
import Root from './Root.svelte';

export interface Page {
  host: FakeHost;
  app: App;
  /** The element that a selector, or its accessible words, name. */
  get<E extends HTMLElement = HTMLElement>(selector: string): E;
  button(words: string): HTMLButtonElement;
  text(): string;
  /** Comes back when `check` holds; fails when it does not within ten seconds. */
  until(check: () => boolean, what: string): Promise<void>;
  key(target: EventTarget, key: string, more?: KeyboardEventInit): KeyboardEvent;
  type(input: HTMLInputElement | HTMLTextAreaElement, value: string): void;
  leave(from: HTMLElement): void;
  end(): Promise<void>;
}

export async function open_page(hash: string, setting: FakeSetting = {}): Promise<Page> {
  location.hash = hash;
  // The test's document takes no blobs of its own making.
  URL.createObjectURL = () => 'blob:made-up';
  URL.revokeObjectURL = () => undefined;
  document.body.innerHTML = '';
  const host = new FakeHost({ window: 'work', ...setting });
  const app = new App(host, () => FAKE_NOW);
  const root = mount(Root, { target: document.body, props: { app } });
  const page: Page = {
    host,
    app,
    get<E extends HTMLElement>(selector: string) {
      const found = document.querySelector<E>(selector);
      if (!found) throw new Error(`nothing at ${selector} in ${document.body.textContent}`);
      return found;
    },
    button(words) {
      const all = [...document.querySelectorAll('button')];
      const found = all.find((each) => (each.getAttribute('aria-label') ?? each.textContent).trim().startsWith(words));
      if (!found) throw new Error(`no button ${words} in ${all.map((each) => each.textContent.trim()).join(' | ')}`);
      return found;
    },
    text: () => document.body.textContent,
    async until(check, what) {
      const end = Date.now() + 10_000;
      while (!check()) {
        if (Date.now() > end) throw new Error(`never: ${what}; ${document.body.textContent}`);
        await new Promise((resolve) => setTimeout(resolve));
        flushSync();
      }
    },
    key(target, key, more = {}) {
      const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more });
      target.dispatchEvent(event);
      flushSync();
      return event;
    },
    type(input, value) {
      input.focus();
      input.value = value;
      input.dispatchEvent(new Event('input', { bubbles: true }));
      flushSync();
    },
    leave(from) {
      from.dispatchEvent(new FocusEvent('blur'));
      from.dispatchEvent(new FocusEvent('focusout', { bubbles: true }));
      flushSync();
    },
    end: () => unmount(root),
  };
  await page.until(() => app.overview !== undefined && document.querySelector('h1, .message') !== null, 'the screen');
  return page;
}
