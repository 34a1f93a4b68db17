/** The end of a sentence on weights of a network for another number of classes: what to give instead of the model. */
export const forOtherClasses = (classes: number): string =>
  `; for its ${classes} classes give a config of its own with \`classes: ${classes}\`, such as the config.yaml of the run that it comes from`;
