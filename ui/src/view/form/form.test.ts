import { afterEach, describe, expect, it } from 'vitest';
import { HostProblem } from '../../host/host';
import { open_page, type Page } from '../../test_page';

let page: Page;
afterEach(() => page.end());

const blank = { answers: { duration: 'permanent' } };
const open = async (setting = {}) => {
  page = await open_page('#/form/dra_create', { ...blank, ...setting });
  await page.until(() => document.querySelector('#field-first_name') !== null, 'the form');
};
const first_name = () => page.get<HTMLInputElement>('#field-first_name');

describe('the form', () => {
  it('says nothing at a field before it was left, and then says it at the field', async () => {
    await open();
    const last_name = page.get<HTMLInputElement>('#field-last_name');
    expect(document.querySelector('.error')).toBeNull();
    last_name.focus();
    expect(document.querySelector('.error')).toBeNull();
    page.leave(last_name);
    await page.until(() => document.querySelector('#field-last_name-error') !== null, 'the finding');
    expect(last_name.getAttribute('aria-invalid')).toBe('true');
    expect(last_name.getAttribute('aria-describedby')).toContain('field-last_name-error');
    expect(document.querySelectorAll('.error')).toHaveLength(1);
  });

  it('opens with the focus in its first field', async () => {
    await open();
    await page.until(() => document.activeElement === first_name(), 'the focus');
  });

  it('says everything after a try to send, with a list that takes the focus and leads to the places', async () => {
    await open();
    page.button('Freigeben und beauftragen').click();
    await page.until(() => document.querySelector('.summary') !== null, 'the summary');
    await page.until(() => document.activeElement === page.get('.summary'), 'the focus at the summary');
    expect(page.host.calls_of('draft_send')).toEqual([]);
    const link = [...document.querySelectorAll<HTMLAnchorElement>('.summary a')].find((each) => each.textContent.startsWith('Nachname'));
    link?.click();
    expect(document.activeElement).toBe(page.get('#field-last_name'));
    expect(location.hash).toBe('#/form/dra_create');
  });

  it('keeps focus and typed text while a follow-up question appears, and tells of it politely', async () => {
    await open();
    page.type(first_name(), 'Lena');
    const radio = page.get<HTMLInputElement>('input[value=temporary]');
    radio.focus();
    radio.click();
    await page.until(() => document.querySelector('#field-end') !== null, 'the follow-up question');
    expect(document.activeElement).toBe(radio);
    expect(first_name().value).toBe('Lena');
    expect(page.get('[aria-live=polite]:last-child').textContent).toContain('Befristet bis');
  });

  it('stores what is being typed before another screen comes', async () => {
    await open();
    page.type(first_name(), 'Lena');
    expect(page.host.calls_of('draft_answer')).toEqual([]);
    await page.app.open({ screen: 'requests', request: null });
    expect(page.host.drafts.get('dra_create')?.['first_name']).toBe('Lena');
  });

  it('stores what is being typed before the window is closed by its frame', async () => {
    await open();
    page.type(first_name(), 'Lena');
    await page.host.close_frame();
    expect(page.host.drafts.get('dra_create')?.['first_name']).toBe('Lena');
  });

  it('stores what is being typed when the window is hidden or a modifier is pressed', async () => {
    await open();
    page.type(first_name(), 'Le');
    window.dispatchEvent(new Event('pagehide'));
    await page.until(() => page.host.drafts.get('dra_create')?.['first_name'] === 'Le', 'stored at pagehide');
    page.type(first_name(), 'Lena');
    page.key(first_name(), 'Alt', { altKey: true });
    await page.until(() => page.host.drafts.get('dra_create')?.['first_name'] === 'Lena', 'stored at Alt');
  });

  it('understands a typed day when it is left and shows it with its weekday', async () => {
    await open();
    const start = page.get<HTMLInputElement>('#field-start');
    page.type(start, '1.12.26');
    page.leave(start);
    await page.until(() => page.host.drafts.get('dra_create')?.['start'] === '2026-12-01', 'the day');
    await page.until(() => start.value === 'Di, 01.12.2026', 'the day in words');
  });

  it('keeps a text that is no day, so that it can be said and mended', async () => {
    await open();
    const start = page.get<HTMLInputElement>('#field-start');
    page.type(start, 'bald');
    page.leave(start);
    await page.until(() => document.querySelector('#field-start-error') !== null, 'the finding');
    expect(start.value).toBe('bald');
    expect(page.get('#field-start-error').textContent).toContain('01.12.2026');
  });

  it('tells a print system that is down from a session without printers', async () => {
    await open({ printers: 'down' });
    expect(page.text()).toContain('Der Druckdienst antwortet nicht.');
    expect(page.text()).not.toContain('In dieser Sitzung ist kein Drucker eingerichtet.');
    await page.end();
    await open({ printers: 'none' });
    expect(page.text()).toContain('In dieser Sitzung ist kein Drucker eingerichtet.');
    expect(page.text()).not.toContain('Der Druckdienst antwortet nicht.');
  });

  it('shows redirected printers locked, apart from those that can be given', async () => {
    await open();
    expect(page.get('.locked').textContent).toContain('HP LaserJet Homeoffice');
    expect(document.querySelector('.locked input')).toBeNull();
  });

  it('offers a search only in a long list of printers', async () => {
    await open();
    expect(document.querySelector('#field-printers input[type=search]')).toBeNull();
    await page.end();
    await open({ printers: 'many' });
    page.type(page.get<HTMLInputElement>('#field-printers input[type=search]'), 'raum 17');
    await page.until(() => document.querySelectorAll('#field-printers li input').length === 1, 'one printer');
  });

  it('names the button by the role and passes the choice of the approver on', async () => {
    const answers = { ...(await import('../../host/fake')).example_answers(), end: '2027-11-30', password: 'jk' };
    page = await open_page('#/form/dra_create', { role: 'staff', answers });
    await page.until(() => document.querySelector('input[value=per_berger]') !== null, 'the approvers');
    page.get<HTMLInputElement>('input[value=per_berger]').click();
    page.button('Zur Freigabe senden').click();
    await page.until(() => page.host.calls_of('draft_send').length === 1, 'the order');
    expect(page.host.calls_of('draft_send')[0]).toEqual({ draft: 'dra_create', approver: 'per_berger', approve: false });
    await page.until(() => location.hash === '#/sent/out_sent', 'the next screen');
  });

  it('is sent once, however often the button is clicked', async () => {
    const answers = { ...(await import('../../host/fake')).example_answers(), end: '2027-11-30', password: 'jk' };
    page = await open_page('#/form/dra_create', { answers });
    await page.until(() => document.querySelector('#field-first_name') !== null, 'the form');
    const button = page.button('Freigeben und beauftragen');
    button.click();
    button.click();
    await page.until(() => location.hash === '#/sent/out_sent', 'the next screen');
    expect(page.host.calls_of('draft_send')).toEqual([{ draft: 'dra_create', approver: null, approve: true }]);
  });

  it('shows what the hub found wrong, at the place', async () => {
    const answers = { ...(await import('../../host/fake')).example_answers(), end: '2027-11-30', password: 'jk' };
    page = await open_page('#/form/dra_create', { answers });
    await page.until(() => document.querySelector('#field-first_name') !== null, 'the form');
    page.host.hold.set('draft_send', () =>
      Promise.reject(
        new HostProblem({
          code: 'answers_refused',
          message: '',
          findings: [{ field: 'logon', code: 'not_a_logon_name', message: '', warning: false }],
        }),
      ),
    );
    page.button('Freigeben und beauftragen').click();
    await page.until(() => document.querySelector('#field-logon-error') !== null, 'the finding');
    expect(page.get('.summary').textContent).toContain('Anmeldename');
  });

  it('says honestly that a draft lasts only as long as the program where there is no secret store', async () => {
    await open({ overview: { secrets: 'session_only' } });
    expect(page.text()).toContain('Entwurf bleibt nur, solange das Programm läuft');
    expect(page.text()).not.toContain('Entwurf hier gespeichert');
  });
});

describe('the support request', () => {
  it('sends the picture of before the click only when it is ticked', async () => {
    page = await open_page('#/form/dra_support');
    await page.until(() => document.querySelector('.offer input') !== null, 'the offer');
    expect(page.host.pictures).toEqual([]);
    page.get<HTMLInputElement>('.offer input').click();
    await page.until(() => page.host.pictures.length === 1, 'the picture');
    expect(page.host.pictures[0]?.picture).toBe('pic_before');
    page.get<HTMLInputElement>('.offer input').click();
    await page.until(() => page.host.pictures.length === 0, 'the picture gone');
  });

  it('shows a picture that was taken, and lets it go again', async () => {
    page = await open_page('#/form/dra_support');
    await page.until(() => document.querySelector('.take button') !== null, 'the monitors');
    page.button('Bildschirm 2 aufnehmen').click();
    await page.until(() => page.text().includes('Bild 1'), 'the picture');
    expect(page.host.calls_of('picture_take')).toEqual([{ monitor: 1 }]);
    page.button('Bild 1 entfernen').click();
    await page.until(() => page.host.pictures.length === 0, 'the picture gone');
  });
});
