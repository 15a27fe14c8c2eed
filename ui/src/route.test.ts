import { describe, expect, it } from 'vitest';
import type { Screen } from './bindings';
import { hash_screen, screen_hash, screen_window } from './route';

const SCREENS: { [K in Screen['screen']]: Extract<Screen, { screen: K }> } = {
  menu: { screen: 'menu' },
  choose: { screen: 'choose' },
  profile: { screen: 'profile' },
  enrol: { screen: 'enrol' },
  quit: { screen: 'quit' },
  form: { screen: 'form', draft: 'dra_1' },
  sent: { screen: 'sent', item: 'out_1' },
  inbox: { screen: 'inbox', request: null },
  requests: { screen: 'requests', request: 'req_1' },
};

describe('an address', () => {
  it('leads back to its screen', () => {
    for (const screen of Object.values(SCREENS)) {
      expect(hash_screen(screen_hash(screen), screen_window(screen))).toEqual(screen);
    }
  });

  it('keeps an id with a slash or a percent sign whole', () => {
    const screen: Screen = { screen: 'form', draft: 'a/b%c' };
    expect(hash_screen(screen_hash(screen), 'work')).toEqual(screen);
  });

  it('that is none leads to the first screen of the window', () => {
    for (const hash of ['', '#', '#/nowhere', '#/form', '#/form/%E0%A4%A']) {
      expect(hash_screen(hash, 'menu')).toEqual({ screen: 'menu' });
      expect(hash_screen(hash, 'work')).toEqual({ screen: 'requests', request: null });
    }
  });
});
