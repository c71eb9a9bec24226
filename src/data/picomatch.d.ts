// Named by the declarations that tinyglobby's are made of, and not declared there.
declare module 'picomatch'
