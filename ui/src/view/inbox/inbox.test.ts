import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostProblem } from '../../host/host';
import { open_page, type Page } from '../../test_page';

let page: Page;
beforeEach(async () => {
  page = await open_page('#/inbox/req_wendt');
  await page.until(() => document.querySelectorAll('a[data-item]').length > 2 && page.text().includes('B-1189'), 'the inbox');
});
afterEach(() => page.end());

const decisions = () => page.host.calls_of('request_decide');
const item = () => page.get<HTMLAnchorElement>('a[data-item][aria-current]');

describe('the keys', () => {
  it('decide with the focus in the document', async () => {
    page.key(page.get('#document'), 'f');
    await page.until(() => decisions().length === 1, 'the decision');
    expect(decisions()[0]).toEqual({ request: 'req_wendt', verdict: 'approve', text: '', content_hash: 'hash-req_wendt' });
  });

  it('decide with the focus in the list', async () => {
    page.key(item(), 'f');
    await page.until(() => decisions().length === 1, 'the decision');
  });

  it('do nothing elsewhere, in a text, or with a modifier', async () => {
    page.key(document.body, 'f');
    page.key(page.get('input[type=search]'), 'f');
    page.key(page.get('header button'), 'f');
    page.key(page.get('#document'), 'f', { ctrlKey: true });
    page.key(page.get('#document'), 'f', { altKey: true });
    page.key(page.get('#document'), 'F', { shiftKey: true });
    await Promise.resolve();
    expect(decisions()).toEqual([]);
    expect(document.querySelector('[role=dialog]')).toBeNull();
  });

  it('go through the list by date and open the order', async () => {
    item().focus();
    page.key(item(), 'j');
    await page.until(() => location.hash === '#/inbox/req_brandl', 'the next order');
    await page.until(() => page.text().includes('B-1195'), 'its document');
    page.key(document.activeElement ?? document.body, 'k');
    await page.until(() => location.hash === '#/inbox/req_wendt', 'the first order again');
    page.key(document.activeElement ?? document.body, 'Enter');
    expect(document.activeElement).toBe(page.get('#document'));
  });
});

describe('a decision', () => {
  it('needs a reason to refuse, and sends it', async () => {
    page.key(page.get('#document'), 'l');
    await page.until(() => document.querySelector('[role=dialog] textarea') === document.activeElement, 'the focus in the reason');
    page.button('Ablehnen und Grund senden').click();
    await page.until(() => page.text().includes('Schreiben Sie einen Grund'), 'the finding');
    expect(decisions()).toEqual([]);
    page.type(page.get<HTMLTextAreaElement>('[role=dialog] textarea'), ' Bitte erst unterschreiben. ');
    page.button('Ablehnen und Grund senden').click();
    await page.until(() => decisions().length === 1, 'the decision');
    expect(decisions()[0]).toMatchObject({ verdict: 'refuse', text: 'Bitte erst unterschreiben.' });
  });

  it('with a reason that is too long says so and keeps it', async () => {
    page.key(page.get('#document'), 'l');
    await page.until(() => document.querySelector('[role=dialog] textarea') !== null, 'the reason');
    page.type(page.get<HTMLTextAreaElement>('[role=dialog] textarea'), 'x'.repeat(2001));
    page.button('Ablehnen und Grund senden').click();
    await page.until(() => page.text().includes('Höchstens 2.000 Zeichen'), 'the finding');
    expect(decisions()).toEqual([]);
    expect(page.get<HTMLTextAreaElement>('[role=dialog] textarea').value).toHaveLength(2001);
  });

  it('goes back with Escape and the focus returns to the document', async () => {
    page.key(page.get('#document'), 'r');
    await page.until(() => document.querySelector('[role=dialog]') !== null, 'the question');
    page.key(page.get('[role=dialog] textarea'), 'Escape');
    await page.until(() => document.querySelector('[role=dialog]') === null, 'the foot');
    expect(document.activeElement).toBe(page.get('#document'));
  });

  it('about a deletion asks again by name, with the focus on the way back', async () => {
    await page.app.open({ screen: 'inbox', request: 'req_brandl' });
    await page.until(() => page.text().includes('B-1195'), 'the deletion');
    page.key(page.get('#document'), 'f');
    await page.until(() => page.text().includes('Soll Heike Brandl gelöscht werden?'), 'the question');
    expect(decisions()).toEqual([]);
    expect(document.activeElement?.textContent).toBe('Zurück');
    page.button('Heike Brandl löschen lassen').click();
    await page.until(() => decisions().length === 1, 'the decision');
  });

  it('can be taken back until the provider takes the order up', async () => {
    page.key(page.get('#document'), 'f');
    await page.until(() => page.text().includes('Freigegeben.'), 'the decision');
    expect(page.text()).toContain('bis SPECTRUM den Auftrag aufnimmt');
    page.button('Zurücknehmen').click();
    await page.until(() => page.text().includes('wartet wieder auf Sie'), 'the way back');
    expect(page.host.calls_of('decision_take_back')).toEqual([{ request: 'req_wendt' }]);
  });

  it('by a double-click is not taken back by its second click', async () => {
    page.button('Freigeben').dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, detail: 1 }));
    await page.until(() => page.text().includes('Freigegeben.'), 'the decision');
    page.button('Zurücknehmen').dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, detail: 2 }));
    await Promise.resolve();
    expect(page.host.calls_of('decision_take_back')).toEqual([]);
  });

  it('about a deletion is not made by the second click of a double-click', async () => {
    await page.app.open({ screen: 'inbox', request: 'req_brandl' });
    await page.until(() => page.text().includes('B-1195'), 'the deletion');
    page.button('Freigeben').dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, detail: 1 }));
    await page.until(() => page.text().includes('Soll Heike Brandl gelöscht werden?'), 'the question');
    page.button('Heike Brandl löschen lassen').dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, detail: 2 }));
    await Promise.resolve();
    expect(decisions()).toEqual([]);
  });

  it('on an order that was changed meanwhile is not made, and the order is shown anew', async () => {
    const view = page.host.views.get('req_wendt');
    if (view) page.host.views.set('req_wendt', { ...view, content_hash: 'other', revision: 4 });
    page.key(page.get('#document'), 'f');
    await page.until(() => page.text().includes('inzwischen geändert'), 'the words');
    await page.until(() => page.text().includes('Fassung 4'), 'the new content');
  });

  it('that fails says why and can be tried again', async () => {
    page.host.hold.set('request_decide', () => Promise.reject(new HostProblem({ code: 'hub_unreachable', message: '' })));
    page.key(page.get('#document'), 'f');
    await page.until(() => page.text().includes('Keine Verbindung'), 'the words');
    page.host.hold.delete('request_decide');
    page.key(page.get('#document'), 'f');
    await page.until(() => page.text().includes('Freigegeben.'), 'the decision');
  });
});

describe('without a connection', () => {
  it('a decision is said to be stored here, and no second one is offered', async () => {
    const line = { ...page.host.list.outbox[0]!, item: 'out_decision', kind: 'approve' as const, request: 'req_wendt', title: 'Fernzugriff', subject: 'Tobias Wendt' };
    const before = page.host.views.get('req_wendt')!;
    // As the desktop does: the item is stored, the order comes back as it was last known.
    page.host.hold.set('request_decide', async () => {
      page.host.list = { ...page.host.list, outbox: [line] };
      page.host.views.set('req_wendt', before);
    });
    const decide = page.host.call.bind(page.host);
    page.host.call = async (name, request) => {
      const given = await decide(name, request);
      return name === 'request_decide' ? (before as typeof given) : given;
    };
    page.key(page.get('#document'), 'f');
    await page.until(() => page.text().includes('Noch nicht gesendet: Freigabe.'), 'the notice');
    expect(page.text()).toContain('Liegt hier bereit');
    expect(page.text()).not.toContain('Freigegeben.');
    page.key(page.get('#document'), 'f');
    await Promise.resolve();
    expect(decisions()).toHaveLength(1);
    page.button('Jetzt senden').click();
    await page.until(() => page.host.calls_of('outbox_retry').length === 1, 'the new attempt');
  });
});

describe('a change that arrives live', () => {
  it('is told when the order shown was changed', async () => {
    const view = page.host.views.get('req_wendt');
    if (view) page.host.views.set('req_wendt', { ...view, content_hash: 'other', revision: 4 });
    page.host.tell({ event: 'inbox_changed' });
    await page.until(() => page.text().includes('Der Auftrag wurde gerade geändert'), 'the notice');
  });

  it('ends what was said about the last decision', async () => {
    page.key(page.get('#document'), 'f');
    await page.until(() => page.text().includes('Freigegeben.'), 'the decision');
    const view = page.host.views.get('req_wendt');
    if (view) page.host.views.set('req_wendt', { ...view, content_hash: 'other', revision: 4 });
    page.host.tell({ event: 'inbox_changed' });
    await page.until(() => page.text().includes('Der Auftrag wurde gerade geändert'), 'the notice');
    expect(page.get('.foot').textContent).not.toContain('Freigegeben.');
  });
});
