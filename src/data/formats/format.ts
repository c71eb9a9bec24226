// What the columns of a data set mean.
import type { Task } from '../example.js'

/** Lists of columns by what they hold; more than one where authors differ. A file must have all columns of one list. */
type Layouts<Part extends string> = readonly Readonly<Record<Part, string>>[]

/** What a column of labels says of a pair; 'none' where it says neither, or nothing. */
export type Labels = Readonly<Record<string, Task | 'none'>>

export type Format =
  | { readonly kind: 'pair'; readonly task: Task; readonly layouts: Layouts<'anchor' | 'target'> }
  | { readonly kind: 'pair'; readonly labels: Labels; readonly layouts: Layouts<'anchor' | 'target' | 'label'> }
  | { readonly kind: 'completion'; readonly layouts: Layouts<'prompt' | 'completion'> }
  | { readonly kind: 'triplet'; readonly layouts: Layouts<'anchor' | 'positive' | 'negative'> }
  | { readonly kind: 'sentence'; readonly layouts: Layouts<'text'> }
  | { readonly kind: 'scored-pair'; readonly layouts: Layouts<'first' | 'second' | 'score'> }
