// Every family of templates, by its id.
import { plain } from './plain.js'
import type { Task, Template } from './template.js'

export const templates: Readonly<Record<string, Readonly<Record<Task, Template>>>> = { plain }
