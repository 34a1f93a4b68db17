/** The interpreter that has the programs which tests hold ours against. */
export const PYTHON = process.env.CNNZOO_TEST_PYTHON ?? '/usr/bin/python3';
