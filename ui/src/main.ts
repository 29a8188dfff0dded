/** Starts the panel. Everything it knows lives in state/app.svelte.ts; nothing is kept in modules. */
import { mount } from 'svelte'
import './app.css'
import App from './App.svelte'

const target = document.getElementById('app')
if (target) mount(App, { target })
