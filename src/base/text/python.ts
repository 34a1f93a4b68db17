/** A layer's name as an attribute in Python: `inception_3a.1x1` as `inception_3a_1x1`. */
export const pythonName = (name: string): string => name.replace(/\W/g, '_').replace(/^(?=\d)/, '_');
