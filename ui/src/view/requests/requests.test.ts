import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { open_page, type Page } from '../../test_page';

let page: Page;
beforeEach(async () => {
  page = await open_page('#/requests/req_scanner');
  await page.until(() => document.querySelector('#message') !== null && page.text().includes('S-2087'), 'the request');
});
afterEach(() => page.end());

const message = () => page.get<HTMLTextAreaElement>('#message');
const sent = () => page.host.calls_of('request_comment');

describe('a message', () => {
  it('that was begun is still there after a look at another request', async () => {
    page.type(message(), 'Der Scanner im');
    await page.app.open({ screen: 'requests', request: 'req_pause' });
    await page.until(() => page.get('#document').textContent.includes('B-1178'), 'the other request');
    expect(message().value).toBe('');
    await page.app.open({ screen: 'requests', request: 'req_scanner' });
    await page.until(() => document.querySelector('#message') !== null && message().value === 'Der Scanner im', 'what was begun');
    page.button('Nachricht senden').click();
    await page.until(() => sent().length === 1, 'the message');
    await page.until(() => message().value === '', 'the empty field');
    await page.app.open({ screen: 'requests', request: 'req_pause' });
    await page.until(() => page.get('#document').textContent.includes('B-1178'), 'the other request');
    await page.app.open({ screen: 'requests', request: 'req_scanner' });
    await page.until(() => page.get('#document').textContent.includes('S-2087'), 'the request again');
    expect(message().value).toBe('');
  });

  it('that is too long says so, is kept and is not sent', async () => {
    page.type(message(), 'x'.repeat(4001));
    await page.until(() => page.text().includes('Höchstens 4.000 Zeichen'), 'the finding');
    page.button('Nachricht senden').click();
    await Promise.resolve();
    expect(sent()).toEqual([]);
    expect(message().value).toHaveLength(4001);
    page.type(message(), 'x'.repeat(4000));
    page.button('Nachricht senden').click();
    await page.until(() => sent().length === 1, 'the message');
  });
});

describe('a support request', () => {
  it('is told as what it is, not as an order', () => {
    expect(page.text()).toContain('Angekommen');
    expect(page.text()).not.toContain('Beauftragt');
    expect(page.text()).not.toContain('Auftrag in Worten');
  });
});
