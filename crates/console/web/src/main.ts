import { mount } from 'svelte';

import './tokens.css';
import './console.css';
import './more.css';
import App from './App.svelte';
import { settings } from './lib/settings.svelte';

settings.apply();
mount(App, { target: document.getElementById('app')! });
