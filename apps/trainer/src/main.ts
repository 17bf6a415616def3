console.log('normlab');
