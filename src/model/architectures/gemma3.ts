import { Config } from '../config.js'
import { textSpellings } from '../weight-names.js'
import type { Architecture } from './architecture.js'
import { gemma3Text, readGemma3 } from './gemma3_text.js'

/**
 * The text part of a multimodal Gemma 3, as the model of text that it is: `final_logit_softcapping`, which no published
 * file of this kind sets, is applied, though transformers' class for the whole leaves it out.
 */
export const gemma3: Architecture = {
  ...gemma3Text,
  modelType: 'gemma3',
  spec: config => {
    const whole = new Config(config)
    const text = whole.object('text_config') ?? new Config({}, 'text_config.')
    text.choice('model_type', { [gemma3Text.modelType]: true }, gemma3Text.modelType)
    return readGemma3(text, whole)
  },
  spellings: [
    [[/^(?=model\.|lm_head\.)/, 'language_model.']], // as released, and as transformers saves
    [[/^model\./, 'model.language_model.']], // as transformers has them in memory, and saved for a while
    [[/^model\./, 'language_model.']], // saved without its head
    ...textSpellings, // with the text part taken out
  ],
  ownConfig: ownText,
  isForeign: tensor => /^(model\.)?(vision_tower|multi_modal_projector)\./.test(tensor),
}

/** As a model of text alone, with what the whole says of it. */
function ownText(config: object): object {
  const whole = config as { text_config?: object; tie_word_embeddings?: unknown }
  const tied = whole.tie_word_embeddings === undefined ? {} : { tie_word_embeddings: whole.tie_word_embeddings }
  return { ...whole.text_config, ...tied, model_type: gemma3Text.modelType, architectures: ['Gemma3ForCausalLM'] }
}
