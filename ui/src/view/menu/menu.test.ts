import { afterEach, describe, expect, it } from 'vitest';
import { HostProblem } from '../../host/host';
import { open_page, type Page } from '../../test_page';

let page: Page;
afterEach(() => page.end());

describe('the menu', () => {
  it('shows firm, computer, session, person, hotline and counts', async () => {
    page = await open_page('#/menu', { window: 'menu' });
    for (const words of ['Berger Holzmann & Partner', 'TS-FD-03', '41', 'Petra Holzmann', '069 90009-100', 'Beenden']) {
      expect(page.text()).toContain(words);
    }
    await page.until(() => page.text().includes('Mi, 25.11.'), 'the next date');
    expect(document.documentElement.lang).toBe('de');
  });

  it('hides the approvals from staff', async () => {
    page = await open_page('#/menu', { window: 'menu', role: 'staff' });
    expect(page.text()).not.toContain('Freigaben');
  });

  it('offers the enrolment alone before the first sign-in', async () => {
    page = await open_page('#/menu', { window: 'menu', overview: { connection: 'not_enrolled', drafts: [] } });
    expect(page.text()).toContain('Mit Anmeldecode anmelden');
    expect(page.text()).not.toContain('Supportanfrage');
  });

  it('sends to your data once, at the first run', async () => {
    page = await open_page('#/menu', { window: 'menu', first_run: true });
    await page.until(() => location.hash === '#/profile', 'your data');
    await page.until(() => page.text().includes('Bitte einmal prüfen'), 'the words');
    await page.app.open({ screen: 'menu' });
    await page.until(() => page.text().includes('Beenden'), 'the menu');
    expect(location.hash).toBe('#/menu');
  });

  it('brings a discarded draft back', async () => {
    page = await open_page('#/menu', { window: 'menu' });
    page.button('Neuen Benutzer anlegen: Lena Hofmann verwerfen').click();
    await page.until(() => page.text().includes('ist verworfen'), 'the words');
    page.button('Rückgängig').click();
    await page.until(() => page.host.overview.drafts.length === 2, 'the draft');
  });

  it('opens work in its own window and closes itself', async () => {
    page = await open_page('#/menu', { window: 'menu' });
    page.button('Meine Vorgänge').click();
    await page.until(() => page.host.calls_of('window_close').length === 1, 'the closing');
    expect(page.host.calls_of('screen_open')).toEqual([{ screen: { screen: 'requests', request: null } }]);
  });

  it('goes through its rows with the arrows', async () => {
    page = await open_page('#/menu', { window: 'menu' });
    page.key(window, 'ArrowDown');
    expect(document.activeElement?.textContent).toContain('Supportanfrage');
    page.key(window, 'ArrowDown');
    expect(document.activeElement?.textContent).toContain('Benutzeränderung');
    page.key(window, 'ArrowUp');
    page.key(window, 'ArrowUp');
    expect(document.activeElement?.textContent).toContain('Beenden');
    page.key(window, 'ArrowUp');
    expect(document.activeElement?.textContent).toContain('Handbuch');
    page.key(window, 'ArrowUp');
    expect(document.activeElement?.textContent).toContain('Fernwartung starten');
    page.key(window, 'ArrowUp');
    expect(document.activeElement?.className).toContain('draft');
  });

  it('opens an entry of the provider by its place, and closes itself', async () => {
    page = await open_page('#/menu', { window: 'menu' });
    page.button('Handbuch').click();
    await page.until(() => page.host.calls_of('window_close').length === 1, 'the closing');
    expect(page.host.calls_of('entry_open')).toEqual([{ entry: 1 }]);
  });

  it('says which entry could not be opened, and stays', async () => {
    page = await open_page('#/menu', { window: 'menu' });
    page.host.hold.set('entry_open', () => Promise.reject(new HostProblem({ code: 'internal', message: 'no such program' })));
    page.button('Fernwartung starten').click();
    await page.until(() => document.querySelector('[role="alert"]') !== null, 'the words');
    expect(page.get('[role="alert"]').textContent).toContain('„Fernwartung starten“ ließ sich nicht öffnen');
    page.host.hold.set('entry_open', () => Promise.reject(new HostProblem({ code: 'not_found', message: 'no such entry' })));
    page.button('Fernwartung starten').click();
    await page.until(() => page.text().includes(page.app.text.problem.not_found), 'the other words');
    expect(page.text()).not.toContain('ließ sich nicht öffnen');
    expect(page.host.calls_of('window_close')).toEqual([]);
  });

  it('has no row of entries where policy names none', async () => {
    page = await open_page('#/menu', { window: 'menu', overview: { entries: [] } });
    expect(document.querySelector('.entries')).toBeNull();
  });

  it('closes with Escape', async () => {
    page = await open_page('#/menu', { window: 'menu' });
    page.key(window, 'Escape');
    await page.until(() => page.host.calls_of('window_close').length === 1, 'the closing');
  });

  it('speaks English where the overview says so', async () => {
    page = await open_page('#/menu', { window: 'menu', language: 'en' });
    expect(page.text()).toContain('My requests');
    expect(document.documentElement.lang).toBe('en');
  });
});

describe('the choice of a change', () => {
  it('opens a kind by its number, unless it needs a newer program', async () => {
    page = await open_page('#/choose', { window: 'menu', role: 'staff', overview: { drafts: [] } });
    await page.until(() => page.text().includes('Benutzer löschen'), 'the kinds');
    page.key(window, '5');
    page.key(window, '1', { ctrlKey: true });
    expect(page.host.calls_of('draft_begin')).toEqual([]);
    page.key(window, '1');
    await page.until(() => page.host.calls_of('screen_open').length === 1, 'the form');
    expect(page.host.calls_of('draft_begin')).toEqual([{ form: 'user-create', resume: true }]);
  });

  it('begins anew where the draft at hand is about somebody', async () => {
    page = await open_page('#/choose', { window: 'menu' });
    await page.until(() => page.text().includes('Benutzer löschen'), 'the kinds');
    page.key(window, '1');
    await page.until(() => page.host.calls_of('draft_begin').length === 1, 'the form');
    expect(page.host.calls_of('draft_begin')).toEqual([{ form: 'user-create', resume: false }]);
  });
});

describe('the enrolment', () => {
  it('shows hub, firm and person before it uses the code', async () => {
    page = await open_page('#/enrol', { window: 'menu', overview: { connection: 'not_enrolled' } });
    page.type(page.get<HTMLInputElement>('#code'), 'ABCD-EFGH');
    page.type(page.get<HTMLInputElement>('#hub'), 'service.example');
    page.get('form').dispatchEvent(new SubmitEvent('submit', { bubbles: true, cancelable: true }));
    await page.until(() => page.text().includes('Stimmt das so?'), 'the offer');
    expect(page.host.calls_of('enrolment_look')).toEqual([{ code: 'ABCD-EFGH', hub: 'https://service.example' }]);
    expect(page.host.calls_of('enrolment_confirm')).toEqual([]);
    page.get('form').dispatchEvent(new SubmitEvent('submit', { bubbles: true, cancelable: true }));
    await page.until(() => location.hash === '#/profile', 'your data');
    expect(page.host.calls_of('enrolment_confirm')).toHaveLength(1);
  });

  it('says in words why a code was refused', async () => {
    page = await open_page('#/enrol', { window: 'menu', overview: { connection: 'not_enrolled', policy: ['hub'] } });
    expect(document.querySelector('#hub')).toBeNull();
    page.type(page.get<HTMLInputElement>('#code'), 'AB');
    page.get('form').dispatchEvent(new SubmitEvent('submit', { bubbles: true, cancelable: true }));
    await page.until(() => page.text().includes('Dieser Code gilt nicht'), 'the words');
  });
});
