/** Sentences speak of settings as the flags of the command line, as its users see them: to be imported for that alone. */
import { speakInFlags } from '../../src/cli/wording.js';

speakInFlags();
