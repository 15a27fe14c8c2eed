// The developer's page: `?window=work&role=staff&language=en&theme=dark&printers=many#/form/dra_create`.

import { mount } from 'svelte';
import '../src/style/tokens.css';
import '../src/style/base.css';
import { App } from '../src/app.svelte';
import Root from '../src/Root.svelte';
import { FAKE_NOW, FakeHost, type FakeSetting } from '../src/host/fake';

const query = new URLSearchParams(location.search);
const pick = <T extends string>(name: string) => (query.get(name) as T | null) ?? undefined;
const overview = JSON.parse(query.get('overview') ?? '{}') as FakeSetting['overview'];

/** A drawn screen, as there is no real one. */
async function picture(): Promise<Blob> {
  const canvas = new OffscreenCanvas(960, 540);
  const draw = canvas.getContext('2d');
  if (draw) {
    draw.fillStyle = '#dfe4e8';
    draw.fillRect(0, 0, 960, 540);
    draw.fillStyle = '#fff';
    draw.fillRect(120, 80, 720, 380);
    draw.fillStyle = '#39566e';
    draw.fillRect(120, 80, 720, 48);
    draw.fillStyle = '#9aa5ae';
    for (let row = 0; row < 6; row += 1) draw.fillRect(160, 160 + row * 40, 240 + (row % 3) * 90, 12);
    draw.fillStyle = '#e9b949';
    draw.fillRect(160, 380, 600, 40);
  }
  return canvas.convertToBlob({ type: 'image/png' });
}

const host = new FakeHost({
  window: pick('window'),
  role: pick('role'),
  language: pick('language'),
  printers: pick('printers'),
  first_run: query.has('first'),
  overview,
  answers: query.has('blank') ? { duration: 'permanent' } : undefined,
  picture,
});
if (query.has('theme')) document.documentElement.dataset['theme'] = query.get('theme') ?? '';
document.documentElement.setAttribute('data-made-up', '');
const theme = document.createElement('style');
theme.textContent = ':root[data-theme=dark]{color-scheme:dark}:root[data-theme=light]{color-scheme:light}';
document.head.append(theme);
host.listen(() => undefined);
const target = document.getElementById('app');
if (target) mount(Root, { target, props: { app: new App(host, () => FAKE_NOW) } });
Object.assign(window, { host });
